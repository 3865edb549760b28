// Asynchronous cancellation (POSIX XSH 2.9.5): the C library ends the thread in a signal's handler, wherever it is.
// Inside the runtime that waits, as any signal does. The handler is the C library's own, and put in place by its first
// cancellation; so that comes here before any thread can be cancelled in this way.
#include "rf_host.h"
#include "rf_intercept.h"
#include "rf_sys.h"

#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <ucontext.h>

#define SIGCANCEL 32 // of the C library

struct kernel_action {
  void (*handler)(int, siginfo_t *, void *);
  unsigned long flags;
  void *restorer;
  uint64_t mask;
};

static void (*real_handler)(int, siginfo_t *, void *);

static void on_cancel(int signal, siginfo_t *info, void *context) {
  struct rf_self *s = rf_self_ptr;
  if (s && s->depth && rf_signal_hold(s, info, context))
    return;
  rf_signals_restore(*(const uint64_t *)&((const ucontext_t *)context)->uc_sigmask);
  real_handler(signal, info, context);
}

RF_REAL(int, pthread_cancel, (pthread_t));
extern int (*rf_real_pthread_create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

static void *wait_for_word(void *arg) {
  _Atomic uint32_t *go = arg;
  while (!atomic_load_explicit(go, memory_order_acquire))
    rf_sys_futex(go, FUTEX_WAIT_PRIVATE, 0);
  return NULL;
}

static bool cancel_somebody(void) {
  static _Atomic uint32_t go;
  pthread_t victim;
  pthread_attr_t attr;
  const uint64_t mask = rf_signals_block();
  pthread_attr_init(&attr);
  pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
  const bool made = !rf_real_pthread_create(&victim, &attr, wait_for_word, &go);
  pthread_attr_destroy(&attr);
  if (made) {
    real_pthread_cancel(victim); // it comes to no point at which that would end it
    atomic_store_explicit(&go, 1, memory_order_release);
    rf_sys_futex(&go, FUTEX_WAKE_PRIVATE, 1);
  }
  rf_signals_restore(mask);
  return made;
}

static bool take_handler_over(void) {
  struct kernel_action a = {0};
  if (!cancel_somebody() || rf_sys(SYS_rt_sigaction, SIGCANCEL, 0, (long)&a, sizeof a.mask, 0, 0) || !a.handler)
    return false;
  real_handler = a.handler;
  a.handler = on_cancel;
  a.mask = ~UINT64_C(0);
  return rf_sys(SYS_rt_sigaction, SIGCANCEL, (long)&a, 0, sizeof a.mask, 0, 0) == 0;
}

static void prepare(void) {
  static _Atomic uint32_t state; // 0: not yet, 1: somebody is at it, 2: done
  uint32_t none = 0;
  if (atomic_load_explicit(&state, memory_order_acquire) == 2)
    return;
  if (!atomic_compare_exchange_strong(&state, &none, 1)) {
    while (atomic_load_explicit(&state, memory_order_acquire) != 2)
      rf_sys_yield();
    return;
  }
  if (!take_handler_over())
    rf_host->degraded("a thread that is cancelled asynchronously may leave the detector's locks taken");
  atomic_store_explicit(&state, 2, memory_order_release);
}

RF_INTERCEPT(int, pthread_setcanceltype, (int type, int *old)) {
  RF_READY();
  if (type == PTHREAD_CANCEL_ASYNCHRONOUS)
    prepare();
  return real_pthread_setcanceltype(type, old);
}
