// Signals. Handlers of the program run at once while their thread is outside the runtime; inside, a signal
// waits until the thread leaves (rf_self_deliver). Faults of the program itself are never held back.
#include "rf_intercept.h"
#include "rf_misuse.h"
#include "rf_options.h"
#include "rf_sys.h"
#include "rf_wait.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>

#define SIGNALS 65

typedef void handler_fn(int, siginfo_t *, void *);

// What the program installed. The pointer is published last and read first.
static _Atomic(handler_fn *) handlers[SIGNALS];

static bool is_fault(int signal, const siginfo_t *info) {
  const bool can_be = signal == SIGSEGV || signal == SIGBUS || signal == SIGFPE || signal == SIGILL ||
                      signal == SIGTRAP || signal == SIGSYS;
  return can_be && info->si_code > 0;
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
  const char *waits_for = s ? s->wait_kind : NULL; // while the handler runs, the thread does not wait
  if (waits_for)
    rf_wait_end(NULL);
  const int error = errno;
  const char *outer = s ? s->handler_sp : NULL;
  // A thread that signals itself knows where the handler runs, as it does with a fault.
  const bool sudden = s && s->live && !is_fault(signal, info) && !(info->si_code == SI_TKILL && info->si_pid == rf_sys_getpid());
  if (sudden)
    s->handler_sp = __builtin_frame_address(0);
  handler(signal, info, context);
  if (sudden) {
    s->handler_sp = outer;
    if (errno != error && rf_options.report_signal_unsafe)
      RF_WITH_SELF(rf_misuse_handler_errno(s, signal));
  }
  if (waits_for)
    rf_wait_begin(waits_for, (const void *)s->wait_on);
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
  return action(signal, new, old);
}

RF_INTERCEPTOR __sighandler_t signal(int number, __sighandler_t handler) {
  RF_READY();
  struct sigaction new = {.sa_handler = handler, .sa_flags = SA_RESTART}, old;
  sigemptyset(&new.sa_mask);
  sigaddset(&new.sa_mask, number);
  return action(number, &new, &old) ? SIG_ERR : old.sa_handler;
}
