// Timers and tickers, as in Go's package time. Times are nanoseconds.
//
// A timer is armed by go_after, go_after_func or go_ticker and fires when its time has come: never earlier, and
// later when the machine is busy. While one is armed, `all goroutines are asleep` is not reported. Timers are
// not goroutines: go_num does not count them, and they need no thread but the one that the library has anyway. In
// the child of fork none is armed.
// Errors: `fatal error: newosproc`, status 2, when the system has no thread left for the first timer.
//
// Edges, after Go's documentation of package time and its race detector: arming -> what the timer does when it
// fires (the send, the first step of the function). A tick arms the next one. Stopping a timer orders nothing.
#ifndef REDFLAG_TIMER_H
#define REDFLAG_TIMER_H

#include <redflag/chan.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

// A handle on an armed timer, copied freely, never released; all zero: none. The fields are the library's.
typedef struct go_timer {
  struct go__timer *at;
  uint64_t round;
} go_timer;

// After ns sends go_now() to c, once, if c has room at that time (without a buffer: if somebody is receiving);
// else the value is dropped, as it is when c is closed. Make c with room for one: go_make(int64_t, 1). c stays
// the caller's, who frees it once the timer has been received from or stopped. ns <= 0: as soon as possible.
// Edge: the call -> the receive of the value, by way of the send.
go_timer go_after(chan(int64_t) c, int64_t ns);

// go_after_func(ns, f, arg): after ns starts a goroutine that calls f(arg), `void f(void *)`. arg must live
// until f has returned, or the timer has been stopped. The goroutine's name is the text of f.
// Edge: the call -> f's first step; the end of f orders nothing. Errors: as go_func, when it fires.
#define go_after_func(ns, f, arg) go__after_func((ns), (f), (arg), #f)
go_timer go__after_func(int64_t ns, void (*f)(void *), void *arg, const char *name);

// Sends go_now() to c every period, as go_after, until it is stopped. Ticks that find no room are dropped, and
// ticks that are overdue come once.
// Edge: the call -> every receive of a tick. Errors: `panic: non-positive interval for NewTicker`.
go_timer go_ticker(chan(int64_t) c, int64_t period);

// Disarms the timer. True: it was armed, and will not fire (again). False: it has fired or was stopped before;
// its function may still be running. Once the call returns the timer does not use its channel any more; a value
// that was sent before stays there. Orders nothing: that f did not run, or has run, is no order with it.
bool go_timer_stop(go_timer t);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
