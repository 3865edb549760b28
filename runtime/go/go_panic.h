// Who catches a panic. A goroutine's tries are a stack of frames in its own stack frames, innermost first.
#ifndef GO_PANIC_H
#define GO_PANIC_H

#include "go_sched.h"

// Leaves everything up to g's innermost go_try, which returns message. Returns when there is none. g is the
// caller.
void rf_go_panic_throw(struct goroutine *g, const char *message);
// g ends: gives back what its panics needed.
void rf_go_panic_forget(struct goroutine *g);

#endif
