// What the interceptors' files share.
#ifndef RF_INTERCEPT_H
#define RF_INTERCEPT_H

#include "rf_real.h"

void rf_threads_init(void);
void rf_thread_calls_after_fork(void);
void rf_heap_after_fork(void);
void rf_lock_calls_after_fork(void);
void rf_once_calls_after_fork(void);
void rf_poll_calls_after_fork(void);
void rf_limit_calls_after_fork(void);
void rf_context_calls_after_fork(void);
void rf_fork_init(void);
// make(arg) makes a process: 0 in the child, which gets a copy of this one's memory and runs this thread alone.
int rf_exit_status(int status); // the process is about to end
long rf_fork_by(long (*make)(void *), void *arg);

#endif
