// What other parts of the library want of timers.
#ifndef GO_TIMER_H
#define GO_TIMER_H

#include <redflag/timer.h>

// After ns calls f(arg) on the monitor, as a logical thread of that name whose only past is the arming. f must be short,
// must not park and must not ask who it is (rf_go_self).
go_timer rf_go_timer_call(int64_t ns, void (*f)(void *), void *arg, const char *name);
// go_timer_stop() for callers that must not ask who they are.
bool rf_go_timer_disarm(go_timer t);

#endif
