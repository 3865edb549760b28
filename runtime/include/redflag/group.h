// Groups of goroutines that work on one task and may fail, as in Go's errgroup (golang.org/x/sync/errgroup).
#ifndef REDFLAG_GROUP_H
#define REDFLAG_GROUP_H

#include <redflag/sync.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

// Ready when all bytes are zero; serves one task and is then dropped. The fields are the library's.
typedef struct go_group {
  go_wg wg; // bodies that have not returned
  uint32_t guard;
  int error;             // guarded by guard: the first that was not 0
  uint32_t limit;        // guarded by guard: bodies at a time, 0: any number
  uint32_t active;       // guarded by guard
  struct go_queue queue; // guarded by guard: calls of go_group_go that wait for room
} go_group;

// go_group_go(g, f, arg) starts a goroutine that calls f(arg), `int f(void *)`, which returns 0 or an error of
// the program's choice (an errno value, say). At the limit it first waits until a body has returned. arg is the
// caller's and must live until f has returned. f must not call go_exit. The goroutine's name is the text of f.
// A call that starts the first body must happen before the go_group_wait that is to see it; the detector
// reports one that races with it.
// Edge: the call -> f's first step. The limit orders nothing: a body that has made room is not ordered before
// the call that waited for it, nor before the body that takes its place.
// Errors: as go_func.
#define go_group_go(g, f, arg) go__group_go((g), (f), (arg), #f)
void go__group_go(go_group *g, int (*f)(void *), void *arg, const char *name);

// From now on at most n bodies at a time; n <= 0: any number. Orders nothing.
// Errors: `panic: errgroup: modify limit while N goroutines in the group are still active`.
void go_group_limit(go_group *g, int n);

// Waits until every body has returned. Returns the first error that one of them returned, 0 when there was
// none. Which error is first is a matter of time, not of order of start.
// Edge: the return of every body so far -> its return.
int go_group_wait(go_group *g);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
