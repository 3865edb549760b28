// futex by syscall(): the call has no function of its own in the C library. A wait that returned 0 returned
// because of a wake (or by chance, which POSIX and futex(2) allow; then the edge is one too many), so what
// came before the wake came before. A wait that returned otherwise learned nothing.
#include "rf_filter.h"
#include "rf_object.h"

#include <linux/futex.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

RF_REAL(long, syscall, (long n, ...));

#define COMMAND(op) ((op) & ~(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME))

// A waiter moved to another word is woken there and returns from a wait on the first: once any has been
// moved, wakes and waits share one object besides.
static _Atomic bool any_moved;

static void wake(const void *word) {
  rf_give(rf_object_futex(word));
  if (any_moved)
    rf_give(rf_object(RF_OBJECT_ONE, RF_ONE_REQUEUED));
}

static void woken(const void *word) {
  rf_take(rf_object_futex(word));
  if (any_moved)
    rf_take(rf_object(RF_OBJECT_ONE, RF_ONE_REQUEUED));
}

static void futex_before(const void *word, int command, const void *second) {
  switch (command) {
  case FUTEX_REQUEUE:
  case FUTEX_CMP_REQUEUE:
  case FUTEX_CMP_REQUEUE_PI:
    any_moved = true;
    wake(word);
    break;
  case FUTEX_WAKE_OP:
    wake(word);
    wake(second);
    break;
  case FUTEX_WAKE:
  case FUTEX_WAKE_BITSET:
  case FUTEX_UNLOCK_PI:
    wake(word);
    break;
  }
}

static void futex_after(const void *word, int command) {
  switch (command) {
  case FUTEX_WAIT:
  case FUTEX_WAIT_BITSET:
  case FUTEX_WAIT_REQUEUE_PI:
  case FUTEX_LOCK_PI:
#ifdef FUTEX_LOCK_PI2
  case FUTEX_LOCK_PI2:
#endif
  case FUTEX_TRYLOCK_PI:
    woken(word);
    break;
  }
}

// ---- Processes, and filters of system calls, by number ----

struct numbered {
  long n, a, b, c, d, e, f;
};

static bool copies_memory(const struct numbered *k) {
  if (k->n == SYS_clone)
    return !(k->a & CLONE_VM);
  if (k->n == SYS_clone3)
    return !(((const struct clone_args *)k->a)->flags & CLONE_VM);
  return k->n == SYS_fork;
}

static long perform(void *arg) {
  const struct numbered *k = arg;
  return real_syscall(k->n, k->a, k->b, k->c, k->d, k->e, k->f);
}

static const struct sock_fprog *filter_in(const struct numbered *k, bool *strict) {
  *strict = (k->n == SYS_seccomp && k->a == SECCOMP_SET_MODE_STRICT) ||
            (k->n == SYS_prctl && k->a == PR_SET_SECCOMP && k->b == SECCOMP_MODE_STRICT);
  if (k->n == SYS_seccomp && k->a == SECCOMP_SET_MODE_FILTER)
    return (const struct sock_fprog *)k->c;
  if (k->n == SYS_prctl && k->a == PR_SET_SECCOMP && k->b == SECCOMP_MODE_FILTER)
    return (const struct sock_fprog *)k->c;
  return NULL;
}

static long do_numbered(struct numbered *k) {
  bool strict;
  const struct sock_fprog *filter = filter_in(k, &strict);
  if (copies_memory(k))
    return rf_fork_by(perform, k);
  if (k->n == SYS_exit_group || (k->n == SYS_exit && rf_thread_live() <= 1))
    k->a = rf_exit_status((int)k->a);
  if (!filter && !strict)
    return perform(k);
  rf_filter_comes(filter);
  const long r = perform(k);
  rf_filter_done(r >= 0);
  return r;
}

// Six arguments pass whether or not the caller gave them: the sixth lies on the stack, where there is
// always something to read.
RF_INTERCEPTOR long syscall(long n, ...) {
  va_list ap;
  va_start(ap, n);
  const long a = va_arg(ap, long), b = va_arg(ap, long), c = va_arg(ap, long), d = va_arg(ap, long),
             e = va_arg(ap, long), f = va_arg(ap, long);
  va_end(ap);
  if (!real_syscall)
    RF_READY();
  if (n == SYS_futex)
    futex_before((const void *)a, COMMAND((int)b), (const void *)e);
  struct numbered k = {n, a, b, c, d, e, f};
  const long r = do_numbered(&k);
  if (n == SYS_futex && r == 0)
    futex_after((const void *)a, COMMAND((int)b));
#ifdef SYS_futex_waitv
  if (n == SYS_futex_waitv && r >= 0)
    woken((const void *)(uintptr_t)((const struct futex_waitv *)a)[r].uaddr);
#endif
  return r;
}
