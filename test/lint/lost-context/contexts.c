#include <redflag/go.h>

int get(int);
go_ctx *kept;
static void work(go_ctx *ctx) { get(go_ctx_err(ctx)); }

void lost(void) {
  go_ctx_with_cancel(go_ctx_background()); // Warn
}

void never(void) {
  go_ctx *ctx = go_ctx_with_timeout(go_ctx_background(), GO_SECOND); // Warn
  go_recv2(go_ctx_done(ctx), NULL);
}

int path(int a) {
  go_ctx *ctx = go_ctx_with_cancel(go_ctx_background());
  go work(ctx);
  if (get(a))
    return 1; // Warn
  go_ctx_cancel(ctx);
  go_ctx_free(ctx);
  return 0;
}

int fine(int a) {
  go_ctx *ctx = go_ctx_with_cancel(go_ctx_background()); // OK
  go work(ctx);
  int v = get(a);
  go_ctx_free(ctx);
  return v;
}

go_ctx *given_away(void) {
  go_ctx *ctx = go_ctx_with_cancel(go_ctx_background()); // OK: the caller's
  return ctx;
}

void stored(void) {
  kept = go_ctx_with_cancel(go_ctx_background()); // OK
}
