// verdict: clean
// output: done: too slow, 7 written before
// Cancelling a context comes before seeing it on go_ctx_done, so what was written before it may be read after.
#include <redflag/go.h>
#include <stdio.h>

static int reason;

static void work(go_ctx *ctx, chan(int) results, chan(int) seen) {
  int never;
  switch (go_select(GO_RECV(results, &never), GO_RECV(go_ctx_done(ctx), NULL))) {
  case 1:
    go_send(seen, reason);
  }
}

int main(void) {
  go_ctx *all = go_ctx_with_cancel(go_ctx_background());
  go_ctx *one = go_ctx_with_timeout(all, GO_MINUTE);
  chan(int) results = go_make(int, 0);
  chan(int) seen = go_make(int, 0);
  go work(one, results, seen);
  reason = 7;
  go_ctx_cancel(all);
  printf("done: too slow, %d written before\n", go_recv(seen));
  go_ctx_free(one);
  go_ctx_free(all);
}
