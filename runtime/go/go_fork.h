// fork() leaves the child with one thread and with the library's memory as it was, in the middle of whatever
// other threads were doing. Nobody tells us of a fork (pthread_atfork is intercepted), so we look at a page
// that the kernel empties in the child.
#ifndef GO_FORK_H
#define GO_FORK_H

#include "go_sched.h"

extern uint32_t *rf_go_alive; // the page's first word; NULL: not yet mapped
void rf_go_fork_check_slow(void);

// Call before the scheduler's or the allocator's state is used. In a new child, makes both whole again: the
// caller is the only goroutine, and none waits.
static inline void rf_go_fork_check(void) {
  // Acquire: pairs with the release in rf_go_fork_check_slow().
  const uint32_t *page = __atomic_load_n(&rf_go_alive, __ATOMIC_ACQUIRE);
  if (__builtin_expect(!page || !__atomic_load_n(page, __ATOMIC_RELAXED), 0))
    rf_go_fork_check_slow();
}

extern uint32_t rf_go_forks; // how many of this process's ancestors were such children

// Each part forgets the threads that are gone.
void rf_go_carrier_after_fork(void);
void rf_go_ctx_after_fork(void);
void rf_go_list_after_fork(struct goroutine *caller);
void rf_go_mem_after_fork(void);
void rf_go_timer_after_fork(void);
void rf_go_stack_after_fork(void);
void rf_go_sched_after_fork(struct goroutine *caller);

#endif
