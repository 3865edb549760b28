// A thread of the library that wakes goroutines whose time has come, fires timers, sees that those in the kernel hold up no
// others, and finds out when all are asleep for good.
#ifndef GO_MONITOR_H
#define GO_MONITOR_H

#include <stdint.h>

void rf_go_monitor_start(void);
// It need not wake before this time any more.
void rf_go_monitor_deadline(int64_t when);
// A carrier has begun to work.
void rf_go_monitor_busy(void);
// No carrier works, or main or another thread parks: it may be a deadlock.
void rf_go_monitor_quiet(void);
void rf_go_monitor_after_fork(void);

#endif
