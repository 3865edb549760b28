// The pthreads that carry goroutines: what is ready to run, and which carrier runs it.
#ifndef GO_CARRIER_H
#define GO_CARRIER_H

#include "go_sched.h"

// What becomes of a goroutine that its carrier has left.
enum go_after {
  GO_AFTER_PARK,  // it waits for its permit
  GO_AFTER_YIELD, // it is ready, behind all others
  GO_AFTER_END,
};

// g runs soon: next on the calling carrier, or on any if the caller is none.
void rf_go_ready(struct goroutine *g);
// The calling goroutine, which is carried, leaves its carrier. Returns when it runs again, perhaps on another one.
void rf_go_carrier_leave(struct goroutine *g, enum go_after after);
// True if somebody else is ready whom the calling carrier could run at once.
bool rf_go_carrier_has_others(void);
// What g does first on its own stack.
void rf_go_carrier_arrive(struct goroutine *g);

// Once before the first goroutine, by the thread that starts it.
void rf_go_carrier_init(void);
extern uint64_t rf_go_wakes; // grows whenever a carrier or a thread that waits in the library is woken

// For the monitor. No goroutine runs, and none is ready.
bool rf_go_carrier_all_idle(void);
// Looks after carriers whose goroutine has not come back for long, or sleeps in the kernel, while others are ready.
// True: there were such.
bool rf_go_carrier_relieve(int64_t now);

// Defined by the scheduler. g is about to run for the first time; g has left its stack. False: its permit is there already, and it is ready.
void rf_go_begin(struct goroutine *g);
void rf_go_set_self(struct goroutine *g);
bool rf_go_parked(struct goroutine *g);
void rf_go_ended(struct goroutine *g);

#endif
