// The kernel's view of this process's threads.
#ifndef RF_TASKS_H
#define RF_TASKS_H

#include <stdbool.h>
#include <stdint.h>

// True if every thread but the caller sleeps in the kernel, having nothing to run for; *count: how many threads
// there are, the caller included. False also if that cannot be known.
bool rf_tasks_sleep(uint32_t *count);

#endif
