// Invariant: *rf_go_alive is 1 in the process that mapped it and 0 in a child that has not been repaired.
#include "go_fork.h"

#include "go_deadline.h"
#include "go_monitor.h"
#include "go_os.h"

#define PAGE 4096

uint32_t *rf_go_alive;

static __attribute__((noinline)) void map_page(void) {
  static uint32_t not_forked = 1;
  uint32_t *page = rf_go_os_map(PAGE);
  uint32_t *none = NULL;
  bool wiped = page && rf_go_os_wipe_on_fork(page, PAGE);
  if (wiped)
    *page = 1;
  // Release: pairs with the acquires in rf_go_fork_check().
  if (!__atomic_compare_exchange_n(&rf_go_alive, &none, wiped ? page : &not_forked, false, __ATOMIC_ACQ_REL,
                                   __ATOMIC_ACQUIRE) ||
      !wiped)
    rf_go_os_unmap(page, PAGE);
}

uint32_t rf_go_forks;

static __attribute__((noinline)) void repair(void) {
  struct goroutine *caller = rf_go_self();
  *rf_go_alive = 1;
  rf_go_forks++;
  rf_go_mem_after_fork();
  rf_go_stack_after_fork();
  rf_go_deadline_after_fork();
  rf_go_monitor_after_fork();
  rf_go_carrier_after_fork();
  rf_go_timer_after_fork();
  rf_go_ctx_after_fork();
  rf_go_list_after_fork(caller);
  rf_go_sched_after_fork(caller);
  // The thread that forked is the child's first one, and counts as main does.
  caller->foreign = false;
}

void rf_go_fork_check_slow(void) {
  const uint32_t *page = __atomic_load_n(&rf_go_alive, __ATOMIC_ACQUIRE);
  if (!page)
    map_page();
  else if (!__atomic_load_n(page, __ATOMIC_RELAXED))
    repair();
}
