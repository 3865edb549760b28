// The process: fork and exit.
#include "rf_intercept.h"
#include "rf_epoch.h"
#include "rf_mem.h"
#include "rf_order.h"
#include "rf_over.h"
#include "rf_owner.h"
#include "rf_sys.h"
#include "rf_wait.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

// ---- Fork: every other thread stands outside the runtime, so that no lock or record is half done ----
// Done in handlers of pthread_atfork. Registered first, ours run last before the fork and first after it: the
// program's own handlers may wait for locks that other threads hold, and those must still be able to go on.

static void before_fork(void) { rf_self_stop_others(rf_enter()); }

static void in_parent(void) {
  rf_self_resume_others();
  rf_leave(rf_self_ptr);
}

static void in_child(void) {
  struct rf_self *s = rf_self_ptr;
  rf_process_id = rf_sys_getpid();
  rf_self_after_fork(s);
  rf_mem_after_fork();
  rf_clock_after_fork();
  rf_over_after_fork();
  rf_epoch_after_fork();
  rf_order_after_fork();
  rf_owner_after_fork();
  rf_sync_after_fork();
  rf_heap_after_fork();
  rf_lock_calls_after_fork();
  rf_thread_calls_after_fork();
  rf_once_calls_after_fork();
  rf_poll_calls_after_fork();
  rf_exception_calls_after_fork();
  rf_limit_calls_after_fork();
  rf_report_after_fork();
  rf_wait_after_fork(s);
  if (s->live)
    rf_thread_after_fork(&s->t);
  rf_leave(s);
}

void rf_fork_init(void) { pthread_atfork(before_fork, in_parent, in_child); }

// ---- Exit ----

// A child of vfork that gives up shares its parent's memory: the parent's reports are not its to finish.
static int status_of(int status) {
  return rf_self_ptr && rf_sys_getpid() == rf_process_id ? rf_report_finish(status) : status;
}

#define EXIT(name)                                                                                           \
  RF_INTERCEPT(void, name, (int status)) {                                                                   \
    real_##name(status_of(status));                                                                          \
    __builtin_unreachable();                                                                                 \
  }
EXIT(_exit)
EXIT(_Exit)
EXIT(quick_exit)
