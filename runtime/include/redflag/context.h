// Contexts, as Go's package context: they tell goroutines that their work is no longer wanted. Contexts form
// trees; cancelling one cancels all below it.
//
//   go_ctx *ctx = go_ctx_with_timeout(go_ctx_background(), GO_SECOND);
//   ... goroutines: switch (go_select(GO_RECV(work, &w), GO_RECV(go_ctx_done(ctx), NULL))) ...
//   go_ctx_cancel(ctx);  // when there is no need for them any more
//   go_wg_wait(&wg);
//   go_ctx_free(ctx);    // when nobody uses it
//
// Edges: what has cancelled a context -> a receive from go_ctx_done that sees it (Go memory model, by way of
// close). For a timeout that is arming its timer, in go_ctx_with_timeout. Nothing else orders anything.
#ifndef REDFLAG_CONTEXT_H
#define REDFLAG_CONTEXT_H

#include <redflag/chan.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

typedef struct go_ctx go_ctx;

// The root of all trees: never cancelled, never freed (go_ctx_cancel and go_ctx_free leave it alone).
go_ctx *go_ctx_background(void);

// A new context below parent, which ends when it is cancelled or its parent ends. The caller owns it and calls
// go_ctx_free. Below a parent that has ended it is born ended; that is a receive from the parent's go_ctx_done
// and has its edge.
// Errors: `panic: cannot create context from nil parent`.
go_ctx *go_ctx_with_cancel(go_ctx *parent);

// The same, and it ends by itself after ns nanoseconds (ns <= 0: at once). Until it has ended its timer is
// armed, see <redflag/timer.h>. In the child of fork the time never comes.
go_ctx *go_ctx_with_timeout(go_ctx *parent, int64_t ns);

// Cancels c and all below it, unless it has ended already. Wakes whoever receives from go_ctx_done.
// Edge: -> every receive that sees it, for c and all contexts that it has ended; none if c had ended before.
void go_ctx_cancel(go_ctx *c);

// The channel that is closed when c ends; nothing is ever sent. nil, which blocks forever, for the background.
// It is c's: never close or free it.
chan(char) go_ctx_done(go_ctx *c);

// Why c has ended: ECANCELED when it, or a context above it, was cancelled; ETIMEDOUT after a timeout; 0: it
// has not ended. Orders nothing: to use what was written before the cancel, receive from go_ctx_done.
int go_ctx_err(go_ctx *c);

// Cancels c and gives its memory back. Nobody may use it or its channel at the time or later, be it to wait;
// contexts below it are cancelled and remain their owners'. NULL is left alone. Edge: as go_ctx_cancel.
void go_ctx_free(go_ctx *c);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
