// Signals. What came before a signal was sent, or its handler installed, happens before the handler's run and
// before the wait that consumes it. Handlers of the program run at once while their thread is outside the runtime;
// inside, a signal waits until the thread leaves (rf_self_attend). Faults of the program itself are never held back.
#include "rf_host.h"
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
#include <sys/auxv.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#define SIGNALS 65
#define BIT(signal) (UINT64_C(1) << ((signal)-1))

typedef void handler_fn(int, siginfo_t *, void *);

// What the program installed. Never changes, and equal ones are the same, so that a handler may read them at any time
// and a program that goes on installing takes no more memory.
struct action {
  struct action *next;
  handler_fn *handler;
  uint64_t mask;
  int flags;
  _Atomic bool spent; // SA_RESETHAND: it has run
};
static _Atomic(struct action *) known;
static _Atomic(struct action *) actions[SIGNALS]; // published before, read first

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

// ---- Handlers that run ----

static void handler_begins(struct rf_self *s, const void *sp, const ucontext_t *interrupted, bool sudden) {
  sudden |= s->handler_count && s->handler[s->handler_count - 1].sudden;
  s->handler[s->handler_count++] =
      (struct rf_handler_run){(uintptr_t)sp, (uintptr_t)interrupted->uc_mcontext.gregs[REG_RSP], sudden};
}

// What runs in a handler has its stack below where the handler's begins.
void rf_handlers_left(struct rf_self *s, uintptr_t sp) {
  uintptr_t from = (uintptr_t)__builtin_frame_address(0);
  for (; s->handler_count; s->handler_count--) {
    const struct rf_handler_run *run = &s->handler[s->handler_count - 1];
    if (sp >= from && sp <= run->sp)
      return;
    from = run->interrupted;
  }
}

static const struct rf_libsite handler_site = RF_LIBSITE("signal handler");

static void run_handler(struct rf_self *s, handler_fn *handler, int signal, siginfo_t *info, void *context) {
  if (!s || !s->live) {
    handler(signal, info, context);
    return;
  }
  const char *waits_for = s->wait_kind; // while the handler runs, the thread does not wait
  const uint32_t outer = s->handler_count;
  const int error = errno;
  // A thread that signals itself knows where the handler runs, as it does with a fault.
  const bool sudden = !is_fault(signal, info) && !(info->si_code == SI_TKILL && info->si_pid == rf_sys_getpid());
  if (waits_for)
    rf_wait_end(NULL);
  if (outer < RF_HANDLERS)
    handler_begins(s, __builtin_frame_address(0), context, sudden);
  handler(signal, info, context);
  s->handler_count = outer;
  if (sudden && errno != error && rf_options.report_signal_unsafe)
    RF_WITH_SELF(rf_misuse_handler_errno(s, signal));
  if (waits_for)
    rf_wait_again(s, waits_for);
}

RF_REAL(int, sigaction, (int signal, const struct sigaction *new, struct sigaction *old));

// The kernel resets a handler before it runs; held back, it would be reset before it was sent again. So it is done
// here. False: another thread was faster, and the signal meets the default now.
static bool reset(struct action *a, int signal) {
  const struct sigaction none = {.sa_handler = SIG_DFL};
  if (atomic_exchange_explicit(&a->spent, true, memory_order_relaxed)) {
    rf_sys(SYS_tgkill, rf_sys_getpid(), rf_sys_gettid(), signal, 0, 0, 0);
    return false;
  }
  real_sigaction(signal, &none, NULL);
  return true;
}

// Begins with all signals blocked.
static void on_signal(int signal, siginfo_t *info, void *context) {
  struct action *a = atomic_load_explicit(&actions[signal], memory_order_acquire);
  struct rf_self *s = rf_self_ptr;
  if (s && s->depth && !is_fault(signal, info) && rf_signal_hold(s, info, context))
    return;
  if (!a || (a->flags & SA_RESETHAND && !reset(a, signal)))
    return;
  // The interrupted function may be pushing its frame: the handler's lie above it, and are taken away again
  // even if the handler leaves by longjmp, since every function restores its own.
  struct rf_frame *sp = __rf_tls.sp;
  struct rf_local *lsp = __rf_tls.lsp;
  __rf_tls.sp = sp + 1;
  sp->ctx = 0;
  sp->site = &handler_site.site;
  if (s && s->live && sp > s->t.frames)
    sp[-1].ctx = 0; // not yet its own, perhaps
  rf_signal_take(signal);
  if (info->si_code == SI_TIMER)
    rf_signal_take(0);
  const uint64_t interrupted = *(const uint64_t *)&((const ucontext_t *)context)->uc_sigmask;
  rf_signals_restore(interrupted | a->mask | (a->flags & SA_NODEFER ? 0 : BIT(signal)));
  run_handler(s, a->handler, signal, info, context);
  __rf_tls.sp = sp;
  __rf_tls.lsp = lsp;
}

static bool wraps(const struct sigaction *a) {
  return a->sa_handler != SIG_DFL && a->sa_handler != SIG_IGN;
}

static struct action *action_find(const struct sigaction *a) {
  const uint64_t mask = *(const uint64_t *)&a->sa_mask;
  struct action *k = atomic_load_explicit(&known, memory_order_acquire);
  while (k && (k->handler != a->sa_sigaction || k->mask != mask || k->flags != a->sa_flags))
    k = k->next;
  return k;
}

static struct action *action_of(const struct sigaction *a) {
  struct action *k = a->sa_flags & SA_RESETHAND ? NULL : action_find(a); // which has a state of its own
  if (k)
    return k;
  struct rf_self *s = rf_enter();
  k = rf_mem_alloc(sizeof *k);
  rf_leave(s);
  *k = (struct action){.handler = a->sa_sigaction, .mask = *(const uint64_t *)&a->sa_mask, .flags = a->sa_flags};
  if (a->sa_flags & SA_RESETHAND)
    return k;
  k->next = atomic_load_explicit(&known, memory_order_relaxed);
  while (!atomic_compare_exchange_weak_explicit(&known, &k->next, k, memory_order_release, memory_order_relaxed))
    ;
  return k;
}

static int action(int signal, const struct sigaction *new, struct sigaction *old) {
  if (signal <= 0 || signal >= SIGNALS || signal == SIGKILL || signal == SIGSTOP)
    return real_sigaction(signal, new, old);
  struct action *before = atomic_load_explicit(&actions[signal], memory_order_acquire);
  struct sigaction mine;
  if (new) {
    mine = *new;
    if (wraps(new)) {
      atomic_store_explicit(&actions[signal], action_of(new), memory_order_release);
      // With or without SA_SIGINFO the handler gets three arguments; it takes what it knows.
      mine.sa_sigaction = on_signal;
      mine.sa_flags = (mine.sa_flags | SA_SIGINFO) & ~SA_RESETHAND;
      __builtin_memset(&mine.sa_mask, 0xff, sizeof mine.sa_mask);
      rf_wait_signals_possible();
    }
  }
  const int r = real_sigaction(signal, new ? &mine : NULL, old);
  if (r) {
    if (new)
      atomic_store_explicit(&actions[signal], before, memory_order_release);
    return r;
  }
  if (old && old->sa_sigaction == on_signal && before) { // what the program knows, not what is installed
    old->sa_sigaction = before->handler;
    old->sa_flags = before->flags;
    sigemptyset(&old->sa_mask);
    *(uint64_t *)&old->sa_mask = before->mask;
  }
  return 0;
}

RF_INTERCEPTOR int sigaction(int signal, const struct sigaction *restrict new, struct sigaction *restrict old) {
  RF_READY();
  if (new)
    rf_give(object_of(signal));
  return action(signal, new, old);
}

// signal() is one of two functions, by the standard that the program asks for.
static __sighandler_t install(int number, __sighandler_t handler, int flags) {
  struct sigaction new = {.sa_handler = handler, .sa_flags = flags}, old;
  RF_READY();
  sigemptyset(&new.sa_mask);
  if (!(flags & SA_NODEFER))
    sigaddset(&new.sa_mask, number);
  rf_give(object_of(number));
  return action(number, &new, &old) ? SIG_ERR : old.sa_handler;
}
#define INSTALL(name, flags)                                                                                 \
  RF_INTERCEPTOR __sighandler_t name(int number, __sighandler_t handler) { return install(number, handler, flags); }
INSTALL(signal, SA_RESTART)
INSTALL(bsd_signal, SA_RESTART)
INSTALL(ssignal, SA_RESTART)
INSTALL(sysv_signal, SA_RESETHAND | SA_NODEFER)
INSTALL(__sysv_signal, SA_RESETHAND | SA_NODEFER)

// The real one installs SIG_IGN, SIG_DFL or nothing.
RF_INTERCEPT(__sighandler_t, sigset, (int number, __sighandler_t handler)) {
  RF_READY();
  const struct sigaction new = {.sa_handler = handler};
  struct sigaction before;
  if (handler == SIG_HOLD || handler == SIG_ERR || !wraps(&new)) {
    const int known_before = !action(number, NULL, &before);
    const __sighandler_t r = real_sigset(number, handler);
    return known_before && r != SIG_ERR && r != SIG_HOLD ? before.sa_handler : r;
  }
  rf_give(object_of(number));
  if (action(number, &new, &before))
    return SIG_ERR;
  const uint64_t bit = BIT(number);
  uint64_t mask = 0;
  rf_sys(SYS_rt_sigprocmask, SIG_UNBLOCK, (long)&bit, (long)&mask, sizeof bit, 0, 0);
  return mask & bit ? SIG_HOLD : before.sa_handler;
}

// ---- Stacks of handlers ----
// On a stack of the smallest size that is allowed, a handler has room for itself alone. Where there is less than the
// runtime may need, the handler gets another.

#define NEEDED ((size_t)16 << 10)
#define LARGER ((size_t)64 << 10)

static char *larger_stack(struct rf_self *s) {
  if (!s->signal_stack) {
    s->signal_stack = rf_host->map(LARGER);
    rf_map_drop(&s->t, (uintptr_t)s->signal_stack, LARGER);
  }
  return s->signal_stack;
}

void rf_signal_stack_free(struct rf_self *s) {
  const uintptr_t here = (uintptr_t)__builtin_frame_address(0);
  if (s->signal_stack && here - (uintptr_t)s->signal_stack >= LARGER) // else the thread ends in a handler
    rf_host->unmap(s->signal_stack, LARGER);
}

RF_INTERCEPT(int, sigaltstack, (const stack_t *restrict new, stack_t *restrict old)) {
  RF_READY();
  const size_t told = getauxval(AT_MINSIGSTKSZ), least = told ? told : 2048; // that of older kernels
  stack_t mine = {.ss_sp = NULL}, was;
  if (new && !(new->ss_flags & SS_DISABLE) && new->ss_size >= least && new->ss_size < least + NEEDED) {
    mine = (stack_t){.ss_size = LARGER, .ss_flags = new->ss_flags};
    RF_WITH_SELF(mine.ss_sp = larger_stack(s));
  }
  const stack_t asked = new ? *new : mine;
  const int r = real_sigaltstack(mine.ss_sp ? &mine : new, &was);
  if (r)
    return r;
  struct rf_self *s = rf_enter();
  const bool replaced = s->signal_stack && was.ss_sp == s->signal_stack && !(was.ss_flags & SS_DISABLE);
  const stack_t before = s->asked_stack;
  if (mine.ss_sp)
    s->asked_stack = asked;
  rf_leave(s);
  if (old) {
    *old = was;
    if (replaced)
      old->ss_sp = before.ss_sp, old->ss_size = before.ss_size;
  }
  return 0;
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
RF_INTERCEPT(useconds_t, ualarm, (useconds_t first, useconds_t interval)) {
  rf_give(object_of(SIGALRM));
  return real_ualarm(first, interval);
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
