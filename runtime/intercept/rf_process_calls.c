// The process: fork and exit.
#include "rf_intercept.h"
#include "rf_epoch.h"
#include "rf_filter.h"
#include "rf_mem.h"
#include "rf_order.h"
#include "rf_over.h"
#include "rf_owner.h"
#include "rf_sys.h"
#include "rf_wait.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

// ---- Fork: every other thread stands outside the runtime, so that no lock or record is half done ----
// Done in handlers of pthread_atfork. Registered first, ours run last before the fork and first after it: the
// program's own handlers may wait for locks that other threads hold, and those must still be able to go on.

static void before_fork(void) { rf_self_stop_others(rf_enter()); }

static void in_parent(void) {
  rf_self_resume_others();
  rf_leave(rf_self_ptr);
}

// In another archive, which is not always linked.
extern __attribute__((weak)) void rf_exception_calls_after_fork(void);

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
  if (rf_exception_calls_after_fork)
    rf_exception_calls_after_fork();
  rf_limit_calls_after_fork();
  rf_context_calls_after_fork();
  rf_report_after_fork();
  rf_wait_after_fork(s);
  if (s->live)
    rf_thread_after_fork(&s->t);
  rf_leave(s);
}

void rf_fork_init(void) { pthread_atfork(before_fork, in_parent, in_child); }

// ---- Children made without those handlers ----

long rf_fork_by(long (*make)(void *), void *arg) {
  before_fork();
  const long r = make(arg);
  if (r == 0)
    in_child();
  else
    in_parent();
  return r;
}

static long make_by_fork(void *real) { return ((pid_t (*)(void))real)(); }

RF_INTERCEPT(pid_t, _Fork, (void)) {
  RF_READY();
  return (pid_t)rf_fork_by(make_by_fork, (void *)real__Fork);
}

struct clone_start {
  int (*entry)(void *);
  void *arg;
};

static int clone_main(void *arg) {
  const struct clone_start start = *(struct clone_start *)arg;
  in_child();
  return start.entry(start.arg);
}

// A child with memory of its own is as one of fork; one that shares it is as one of vfork, or a thread that nobody
// announced.
RF_INTERCEPT(int, clone, (int (*entry)(void *), void *stack, int flags, void *arg, ...)) {
  va_list ap;
  va_start(ap, arg);
  pid_t *const parent_tid = va_arg(ap, pid_t *);
  void *const tls = va_arg(ap, void *);
  pid_t *const child_tid = va_arg(ap, pid_t *);
  va_end(ap);
  RF_READY();
  if (flags & CLONE_VM)
    return real_clone(entry, stack, flags, arg, parent_tid, tls, child_tid);
  struct clone_start start = {entry, arg};
  before_fork();
  const int r = real_clone(clone_main, stack, flags, &start, parent_tid, tls, child_tid);
  const int error = errno;
  in_parent();
  errno = error;
  return r;
}

// ---- Filters of system calls ----

RF_INTERCEPT(int, prctl, (int what, ...)) {
  va_list ap;
  va_start(ap, what);
  const unsigned long a = va_arg(ap, unsigned long), b = va_arg(ap, unsigned long), c = va_arg(ap, unsigned long),
                      d = va_arg(ap, unsigned long);
  va_end(ap);
  RF_READY();
  if (what != PR_SET_SECCOMP || (a != SECCOMP_MODE_STRICT && a != SECCOMP_MODE_FILTER))
    return real_prctl(what, a, b, c, d);
  rf_filter_comes(a == SECCOMP_MODE_FILTER ? (const struct sock_fprog *)b : NULL);
  const int r = real_prctl(what, a, b, c, d);
  rf_filter_done(r >= 0);
  return r;
}

// ---- Exit ----

// A child of vfork that gives up shares its parent's memory: the parent's reports are not its to finish.
int rf_exit_status(int status) {
  if (!rf_self_ptr || rf_sys_getpid() != rf_process_id)
    return status;
  status = rf_report_finish(status);
  rf_wait_leave(status);
  return status;
}

#define EXIT(name)                                                                                           \
  RF_INTERCEPT(void, name, (int status)) {                                                                   \
    real_##name(rf_exit_status(status));                                                                          \
    __builtin_unreachable();                                                                                 \
  }
EXIT(_exit)
EXIT(_Exit)
