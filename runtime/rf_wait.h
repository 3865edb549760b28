// Who waits for what without a time limit. When threads wait for each other's mutexes in a circle, or when every
// thread of the program waits and none can wake another, the deadlock is reported; the second ends the program
// instead of letting it hang.
#ifndef RF_WAIT_H
#define RF_WAIT_H

#include "rf_runtime.h"

// Around a call that blocks. kind: "mutex", "condition variable". Only what another thread of this process must
// end counts as waiting: not time, not signals, not other processes.
void rf_wait_begin(const char *kind, const void *object);
void rf_wait_end(void *unused); // also as a cleanup handler
// After a signal handler ran in the middle of the wait.
void rf_wait_again(struct rf_self *s, const char *kind);
void rf_wait_after_fork(struct rf_self *me);
// The process is about to end with this status.
void rf_wait_leave(int status);
// The program has a signal handler, which may post a semaphore.
void rf_wait_signals_possible(void);

#endif
