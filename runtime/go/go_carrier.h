// The pthreads that carry goroutines, and the cache of idle ones.
#ifndef GO_CARRIER_H
#define GO_CARRIER_H

#include "go_sched.h"

// Runs g on an idle carrier or a new one. g's run is counted already.
void rf_go_carrier_run(struct goroutine *g);
// Starts a thread of the library that counts as a carrier. Ends the program when there is none to be had.
void rf_go_carrier_start(void *(*entry)(void *), void *arg);
// Runs g on the calling carrier, from begin to end, and frees it. Defined by the scheduler.
void rf_go_goroutine_run(struct goroutine *g);
// The stack of a carrier in bytes: GO_STACK, or 256 KB.
size_t rf_go_carrier_stack(void);

#endif
