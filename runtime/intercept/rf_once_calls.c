// Barriers, once, semaphores, and C++ guards of static locals.
#include "rf_intercept.h"
#include "rf_lock.h"
#include "rf_mem.h"
#include "rf_sys.h"
#include "rf_wait.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <threads.h>

static void release_merge(const void *obj) {
  RF_WITH_SELF(if (!rf_serial) rf_sync_release_merge_at(&s->t, (uintptr_t)obj);
               rf_thread_note_sync(&s->t, NULL, (uintptr_t)obj, RF_SYNC_RELEASED));
}

static void acquire(const void *obj) {
  RF_WITH_SELF(if (!rf_serial) rf_sync_acquire_at(&s->t, (uintptr_t)obj);
               rf_thread_note_sync(&s->t, NULL, (uintptr_t)obj, RF_SYNC_ACQUIRED));
}

// What the C library's objects say of themselves (glibc, sysdeps/nptl/internaltypes.h): shared between processes?
struct glibc_barrier {
  unsigned in, round, count;
  int shared;
  unsigned out;
};
struct glibc_sem {
  uint64_t value_and_waiters;
  int private; // 0: of this process alone
};

// ---- Barriers: every arrival of a round -> every return of the same round ----
// Threads are at most one round apart, so two objects that take turns keep the rounds apart: nobody arrives
// for round k+2 before all have left round k.

struct barrier {
  struct barrier *next;
  const void *at;
  uint32_t count, arrived;
};
static struct barrier *barriers; // guarded by barrier_lock
static struct rf_lock barrier_lock;

static struct barrier *barrier_find(const void *at) {
  struct barrier *b = barriers;
  while (b && b->at != at)
    b = b->next;
  return b;
}

RF_INTERCEPT(int, pthread_barrier_init,
             (pthread_barrier_t *restrict b, const pthread_barrierattr_t *restrict attr, unsigned count)) {
  const int r = real_pthread_barrier_init(b, attr, count);
  if (r)
    return r;
  struct rf_self *s = rf_enter();
  rf_lock_enter(&barrier_lock);
  struct barrier *mine = barrier_find(b);
  if (!mine) {
    mine = rf_mem_alloc(sizeof *mine);
    mine->next = barriers;
    barriers = mine;
  }
  mine->at = b;
  mine->count = count;
  mine->arrived = 0;
  rf_lock_leave(&barrier_lock);
  rf_leave(s);
  return 0;
}

RF_INTERCEPT(int, pthread_barrier_destroy, (pthread_barrier_t * b)) {
  struct rf_self *s = rf_enter();
  rf_lock_enter(&barrier_lock);
  for (struct barrier **at = &barriers; *at; at = &(*at)->next) {
    struct barrier *old = *at;
    if (old->at != b)
      continue;
    *at = old->next;
    rf_mem_free(old, sizeof *old);
    break;
  }
  rf_lock_leave(&barrier_lock);
  rf_sync_forget((uintptr_t)b, sizeof *b);
  rf_leave(s);
  return real_pthread_barrier_destroy(b);
}

// The object of the caller's round, which begins empty with its first arrival.
static const void *barrier_arrive(struct rf_self *s, pthread_barrier_t *b) {
  rf_lock_enter(&barrier_lock);
  struct barrier *mine = barrier_find(b);
  uint32_t round = 0;
  bool first = false;
  if (mine && mine->count) {
    first = mine->arrived % mine->count == 0;
    round = mine->arrived++ / mine->count & 1;
  }
  const char *object = (const char *)b + 8 * round;
  if (first)
    rf_sync_forget((uintptr_t)object, 1);
  if (!rf_serial)
    rf_sync_release_merge_at(&s->t, (uintptr_t)object);
  rf_lock_leave(&barrier_lock);
  rf_thread_note_sync(&s->t, NULL, (uintptr_t)object, RF_SYNC_RELEASED);
  return object;
}

RF_INTERCEPT(int, pthread_barrier_wait, (pthread_barrier_t * b)) {
  const void *object = NULL;
  RF_WITH_SELF(object = barrier_arrive(s, b));
  if (!((struct glibc_barrier *)b)->shared)
    rf_wait_begin("barrier", b);
  const int r = real_pthread_barrier_wait(b);
  rf_wait_end(NULL);
  if (object)
    acquire(object);
  return r;
}

void rf_once_calls_after_fork(void) { atomic_store_explicit(&barrier_lock.held, 0, memory_order_relaxed); }

// ---- Once: the routine's return -> every return of the call ----
// A routine that leaves by an exception happens before the next one's start (C++ [thread.once.callonce]).

struct once_call {
  struct once_call *outer;
  const void *flag;
  void (*routine)(void);
};
static _Thread_local struct once_call *once_current __attribute__((tls_model("initial-exec")));

static void once_left(const void **flag) { release_merge(*flag); }

static void once_main(void) {
  struct once_call *c = once_current;
  once_current = c->outer; // the routine may call others
  acquire(c->flag);
  // NOLINTNEXTLINE(clang-analyzer-deadcode.DeadStores): once_left() reads it
  const void *flag __attribute__((cleanup(once_left))) = c->flag;
  c->routine();
}

#define ONCE(ret, name, flag_type, on_return)                                                                \
  RF_INTERCEPT(ret, name, (flag_type * flag, void (*routine)(void))) {                                       \
    struct once_call call = {once_current, flag, routine};                                                   \
    once_current = &call;                                                                                    \
    on_return real_##name(flag, once_main);                                                                  \
    once_current = call.outer;                                                                               \
    acquire(flag);                                                                                           \
    ONCE_RETURN_##ret                                                                                        \
  }
#define ONCE_RETURN_int return r;
#define ONCE_RETURN_void
ONCE(int, pthread_once, pthread_once_t, const int r =)
ONCE(void, call_once, once_flag, )

// ---- Semaphores: post -> the wait that it lets through ----

RF_INTERCEPT(int, sem_post, (sem_t * sem)) {
  release_merge(sem);
  return real_sem_post(sem);
}

#define SEM_WAIT(name, params, args)                                                                         \
  RF_INTERCEPT(int, name, params) {                                                                          \
    const int r = real_##name args;                                                                          \
    if (!r)                                                                                                  \
      acquire(sem);                                                                                          \
    return r;                                                                                                \
  }
SEM_WAIT(sem_trywait, (sem_t * sem), (sem))
// A semaphore that other processes can post is not known to be waited for in vain.
RF_INTERCEPT(int, sem_wait, (sem_t * sem)) {
  const int saved = errno;
  int r = real_sem_trywait(sem);
  if (r) {
    errno = saved;
    if (!((struct glibc_sem *)sem)->private)
      rf_wait_begin("semaphore", sem);
    pthread_cleanup_push(rf_wait_end, NULL);
    r = real_sem_wait(sem);
    pthread_cleanup_pop(1);
  }
  if (!r)
    acquire(sem);
  return r;
}
SEM_WAIT(sem_timedwait, (sem_t *restrict sem, const struct timespec *restrict t), (sem, t))
SEM_WAIT(sem_clockwait, (sem_t *restrict sem, clockid_t c, const struct timespec *restrict t), (sem, c, t))
RF_INTERCEPT(int, sem_destroy, (sem_t * sem)) {
  RF_WITH_SELF(rf_sync_forget((uintptr_t)sem, sizeof *sem));
  return real_sem_destroy(sem);
}

// ---- C++ guards (Itanium ABI 3.3.3): the initialiser's end -> every use ----
// Byte 0 says that the object is initialised; the compiler's fast path reads it with acquire order. Bytes
// 4..7 are this implementation's: 0 free, 1 being initialised, 2 the same with waiters. The library's own
// guards cannot be called through, since a statically linked one is not to be had.

static _Atomic uint32_t *guard_word(uint64_t *g) { return (_Atomic uint32_t *)g + 1; }
static bool guard_done(const uint64_t *g) { return __atomic_load_n((const uint8_t *)g, __ATOMIC_ACQUIRE); }

RF_INTERCEPTOR int __cxa_guard_acquire(uint64_t *g) {
  while (!guard_done(g)) {
    uint32_t seen = 0;
    if (atomic_compare_exchange_strong_explicit(guard_word(g), &seen, 1, memory_order_acquire, memory_order_relaxed)) {
      if (!guard_done(g))
        return 1;
      atomic_store_explicit(guard_word(g), 0, memory_order_release);
      break;
    }
    if (seen == 1 && !atomic_compare_exchange_strong(guard_word(g), &seen, 2))
      continue;
    rf_sys_futex(guard_word(g), FUTEX_WAIT_PRIVATE, 2);
  }
  acquire(g);
  return 0;
}

static void guard_leave(uint64_t *g) {
  if (atomic_exchange_explicit(guard_word(g), 0, memory_order_release) == 2)
    rf_sys_futex(guard_word(g), FUTEX_WAKE_PRIVATE, INT32_MAX);
}

RF_INTERCEPTOR void __cxa_guard_release(uint64_t *g) {
  release_merge(g);
  __atomic_store_n((uint8_t *)g, 1, __ATOMIC_RELEASE);
  guard_leave(g);
}

RF_INTERCEPTOR void __cxa_guard_abort(uint64_t *g) { guard_leave(g); }
