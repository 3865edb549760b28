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
void rf_exception_calls_after_fork(void);
void rf_limit_calls_after_fork(void);
void rf_fork_init(void);

#endif
