// Signals. What came before a signal was sent, or its handler installed, happens before the handler's run and
// before the wait that consumes it. Handlers of the program run at once while their thread is outside the runtime;
// inside, a signal waits until the thread leaves (rf_self_attend). Faults of the program itself are never held back.
#include "rf_intercept.h"
#include "rf_mem.h"
#include "rf_misuse.h"
#include "rf_object.h"
#include "rf_options.h"
#include "rf_sys.h"
#include "rf_wait.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/time.h>
#include <time.h>

#define SIGNALS 65

typedef void handler_fn(int, siginfo_t *, void *);

// What the program installed. The pointer is published last and read first.
static _Atomic(handler_fn *) handlers[SIGNALS];

static bool is_fault(int signal, const siginfo_t *info) {
  const bool can_be = signal == SIGSEGV || signal == SIGBUS || signal == SIGFPE || signal == SIGILL ||
                      signal == SIGTRAP || signal == SIGSYS;
  return can_be && info->si_code > 0;
}

static uintptr_t object_of(int signal) { return rf_object(RF_OBJECT_SIGNAL, (unsigned)signal); }

// Not noted as the thread's last synchronisation: the interrupted function may be pushing its frame.
void rf_signal_take(int signal) {
  if (!rf_stands_aside())
    RF_WITH_SELF(rf_sync_acquire_at(&s->t, object_of(signal)));
}

static const struct rf_libsite handler_site = RF_LIBSITE("signal handler");

static void run_handler(struct rf_self *s, handler_fn *handler, int signal, siginfo_t *info, void *context) {
  if (!s || !s->live) {
    handler(signal, info, context);
    return;
  }
  const char *waits_for = s->wait_kind; // while the handler runs, the thread does not wait
  const char *outer = s->handler_sp;
  const int error = errno;
  // A thread that signals itself knows where the handler runs, as it does with a fault.
  const bool sudden = !is_fault(signal, info) && !(info->si_code == SI_TKILL && info->si_pid == rf_sys_getpid());
  if (waits_for)
    rf_wait_end(NULL);
  if (sudden)
    s->handler_sp = __builtin_frame_address(0);
  handler(signal, info, context);
  s->handler_sp = outer;
  if (sudden && errno != error && rf_options.report_signal_unsafe)
    RF_WITH_SELF(rf_misuse_handler_errno(s, signal));
  if (waits_for)
    rf_wait_again(s, waits_for);
}

static void on_signal(int signal, siginfo_t *info, void *context) {
  handler_fn *handler = atomic_load_explicit(&handlers[signal], memory_order_acquire);
  struct rf_self *s = rf_self_ptr;
  if (s && s->live && s->depth && !is_fault(signal, info) && s->pending_count < RF_PENDING_MAX) {
    s->pending[s->pending_count] = *info;
    s->pending_count = s->pending_count + 1;
    __atomic_or_fetch(&s->attention, RF_ATTEND_SIGNALS, __ATOMIC_RELAXED);
    return;
  }
  if (!handler)
    return;
  // The interrupted function may be pushing its frame: the handler's lie above it, and are taken away again
  // even if the handler leaves by longjmp, since every function restores its own.
  struct rf_frame *sp = __rf_tls.sp;
  struct rf_local *lsp = __rf_tls.lsp;
  __rf_tls.sp = sp + 1;
  sp->ctx = 0;
  sp->site = &handler_site.site;
  rf_signal_take(signal);
  if (info->si_code == SI_TIMER)
    rf_signal_take(0);
  run_handler(s, handler, signal, info, context);
  __rf_tls.sp = sp;
  __rf_tls.lsp = lsp;
}

RF_REAL(int, sigaction, (int signal, const struct sigaction *new, struct sigaction *old));

static bool wraps(const struct sigaction *a) {
  return a->sa_handler != SIG_DFL && a->sa_handler != SIG_IGN;
}

static int action(int signal, const struct sigaction *new, struct sigaction *old) {
  if (signal <= 0 || signal >= SIGNALS || signal == SIGKILL || signal == SIGSTOP)
    return real_sigaction(signal, new, old);
  handler_fn *before = atomic_load_explicit(&handlers[signal], memory_order_acquire);
  struct sigaction mine;
  if (new) {
    mine = *new;
    if (wraps(new)) {
      // With or without SA_SIGINFO the handler gets three arguments; it takes what it knows.
      atomic_store_explicit(&handlers[signal], (handler_fn *)new->sa_sigaction, memory_order_release);
      mine.sa_sigaction = on_signal;
      rf_wait_signals_possible();
      mine.sa_flags |= SA_SIGINFO;
    }
  }
  static uint64_t without_info; // bit per signal: the program did not ask for SA_SIGINFO
  const uint64_t bit = UINT64_C(1) << (signal - 1);
  const bool plain_before = __atomic_load_n(&without_info, __ATOMIC_RELAXED) & bit;
  const int r = real_sigaction(signal, new ? &mine : NULL, old);
  if (r) {
    if (new)
      atomic_store_explicit(&handlers[signal], before, memory_order_release);
    return r;
  }
  if (old && old->sa_sigaction == on_signal) { // what the program knows, not what is installed
    old->sa_sigaction = before;
    if (plain_before)
      old->sa_flags &= ~SA_SIGINFO;
  }
  if (new && wraps(new)) {
    if (new->sa_flags & SA_SIGINFO)
      __atomic_fetch_and(&without_info, ~bit, __ATOMIC_RELAXED);
    else
      __atomic_fetch_or(&without_info, bit, __ATOMIC_RELAXED);
  }
  return 0;
}

RF_INTERCEPTOR int sigaction(int signal, const struct sigaction *restrict new, struct sigaction *restrict old) {
  RF_READY();
  if (new)
    rf_give(object_of(signal));
  return action(signal, new, old);
}

RF_INTERCEPTOR __sighandler_t signal(int number, __sighandler_t handler) {
  RF_READY();
  struct sigaction new = {.sa_handler = handler, .sa_flags = SA_RESTART}, old;
  sigemptyset(&new.sa_mask);
  sigaddset(&new.sa_mask, number);
  rf_give(object_of(number));
  return action(number, &new, &old) ? SIG_ERR : old.sa_handler;
}

// ---- Sending ----

#define SEND(name, params, args)                                                                             \
  RF_INTERCEPT(int, name, params) {                                                                          \
    rf_give(object_of(number));                                                                              \
    return real_##name args;                                                                                 \
  }
SEND(kill, (pid_t to, int number), (to, number))
SEND(killpg, (pid_t to, int number), (to, number))
SEND(tgkill, (pid_t process, pid_t thread, int number), (process, thread, number))
SEND(pthread_kill, (pthread_t to, int number), (to, number))
SEND(sigqueue, (pid_t to, int number, const union sigval value), (to, number, value))
SEND(pthread_sigqueue, (pthread_t to, int number, const union sigval value), (to, number, value))

// ---- Waiting ----

RF_INTERCEPT(int, sigwait, (const sigset_t *restrict set, int *restrict number)) {
  const int r = real_sigwait(set, number);
  if (!r)
    rf_signal_take(*number);
  return r;
}
#define WAIT(name, params, args)                                                                             \
  RF_INTERCEPT(int, name, params) {                                                                          \
    const int r = real_##name args;                                                                          \
    if (r > 0)                                                                                               \
      rf_signal_take(r);                                                                                     \
    return r;                                                                                                \
  }
WAIT(sigwaitinfo, (const sigset_t *restrict set, siginfo_t *restrict info), (set, info))
WAIT(sigtimedwait, (const sigset_t *restrict set, siginfo_t *restrict info, const struct timespec *restrict t),
     (set, info, t))

// ---- Timers: arming -> what happens when they expire. All timers of timer_create share signal 0's object ----

RF_INTERCEPT(unsigned, alarm, (unsigned seconds)) {
  rf_give(object_of(SIGALRM));
  return real_alarm(seconds);
}
RF_INTERCEPT(int, setitimer, (__itimer_which_t which, const struct itimerval *restrict t, struct itimerval *restrict old)) {
  rf_give(object_of(which == ITIMER_REAL ? SIGALRM : which == ITIMER_VIRTUAL ? SIGVTALRM : SIGPROF));
  return real_setitimer(which, t, old);
}
RF_INTERCEPT(int, timer_settime, (timer_t timer, int flags, const struct itimerspec *restrict t,
                                  struct itimerspec *restrict old)) {
  rf_give(object_of(0));
  return real_timer_settime(timer, flags, t, old);
}

// A notification by thread: the C library makes the thread.
struct notice {
  void (*call)(union sigval);
  union sigval value;
};
static void notify(union sigval value) {
  const struct notice *n = value.sival_ptr; // lives as long as the process: the timer may be periodic
  rf_leave(rf_enter()); // the detector does not know this thread yet
  rf_signal_take(0);
  n->call(n->value);
}
RF_INTERCEPT(int, timer_create, (clockid_t clock, struct sigevent *restrict event, timer_t *restrict timer)) {
  if (!event || event->sigev_notify != SIGEV_THREAD || !rf_self_ptr)
    return real_timer_create(clock, event, timer);
  struct rf_self *s = rf_enter();
  struct notice *n = rf_mem_alloc(sizeof *n);
  rf_leave(s);
  *n = (struct notice){event->sigev_notify_function, event->sigev_value};
  struct sigevent mine = *event;
  mine.sigev_notify_function = notify;
  mine.sigev_value.sival_ptr = n;
  return real_timer_create(clock, &mine, timer);
}
