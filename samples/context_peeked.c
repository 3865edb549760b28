// verdict: racy
// race-in: work
// go_ctx_err only looks: it does not order what was written before the cancel. Receiving from go_ctx_done does.
#include <redflag/go.h>
#include <stdio.h>

static int reason;

static void work(go_ctx *ctx, go_wg *wg) {
  while (!go_ctx_err(ctx))
    go_yield();
  printf("%d\n", reason);
  go_wg_done(wg);
}

int main(void) {
  go_ctx *ctx = go_ctx_with_cancel(go_ctx_background());
  go_wg wg = {0};
  go_wg_add(&wg, 1);
  go work(ctx, &wg);
  reason = 7;
  go_ctx_cancel(ctx);
  go_wg_wait(&wg);
  go_ctx_free(ctx);
}
