// Threads of the library's own: its carriers and the monitor.
#ifndef GO_THREAD_H
#define GO_THREAD_H

#include <stddef.h>
#include <stdint.h>

// Starts one with all signals blocked and a stack of so many bytes, 0 for the default. Returns 0 or an errno value;
// errno stays as it is.
int rf_go_thread_start(void *(*entry)(void *), void *arg, size_t stack);
// The same, but asks again for some time: threads that are about to end, here or in other processes, may make room.
int rf_go_thread_start_patiently(void *(*entry)(void *), void *arg, size_t stack);
// Ends the program for want of a thread.
_Noreturn void rf_go_thread_missing(int error);
// What such a thread does last.
void rf_go_thread_ends(void);

extern uint32_t rf_go_threads; // of them, idle ones too; counted from before they start

#endif
