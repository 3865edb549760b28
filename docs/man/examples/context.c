// Work that ends when its context does.
// output: stopped by the time limit
#include <redflag/go.h>
#include <errno.h>
#include <stdio.h>

static void work(go_ctx *ctx, go_wg *wg) {
  char end;
  while (go_select(GO_RECV(go_ctx_done(ctx), &end), GO_TIMEOUT(GO_MILLISECOND)) != 0)
    ; // a piece of work
  if (go_ctx_err(ctx) == ETIMEDOUT)
    puts("stopped by the time limit");
  go_wg_done(wg);
}

int main(void) {
  go_ctx *ctx = go_ctx_with_timeout(go_ctx_background(), 20 * GO_MILLISECOND);
  go_wg wg = {0};
  go_wg_add(&wg, 1);
  go work(ctx, &wg);
  go_wg_wait(&wg);
  go_ctx_cancel(ctx); // nothing is left to cancel
  go_ctx_free(ctx);
}
