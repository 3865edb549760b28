// Locks. One row per call: what it does, when it succeeded, and which edges it makes. Edges (POSIX XSH
// 4.12, C11 7.26.4): the n-th unlock -> every later lock; for read-write locks a read-unlock only -> later
// write-locks.
#include "rf_intercept.h"
#include "rf_lock.h"
#include "rf_mem.h"
#include "rf_misuse.h"
#include "rf_options.h"
#include "rf_wait.h"

#include <errno.h>
#include <pthread.h>
#include <threads.h>

static uintptr_t readers_of(const void *rwlock) { return (uintptr_t)rwlock + 8; }

// ---- Before a lock is taken: is it fit for use, and in which order are locks taken? ----

static void order(struct rf_self *s, const void *m, const char *kind, bool exclusive, bool may_wait) {
  struct rf_order_cycle cycle;
  if (!rf_serial && s->t.held_count && rf_options.detect_deadlocks &&
      rf_order_take(&s->t, (uintptr_t)m, kind, exclusive, may_wait, &cycle))
    rf_misuse_order(&cycle);
}

// The lock's memory must be alive: whoever freed it, perhaps, is not ordered before this.
static void look(struct rf_self *s, const void *m) {
  if (!rf_serial && rf_map_covers((uintptr_t)m, 1))
    rf_shadow_look(&s->t, (uintptr_t)m);
}

static void locking(struct rf_self *s, const void *m, const char *kind, bool exclusive, bool may_wait) {
  look(s, m);
  if (!s->t.held_count)
    return;
  const struct rf_held *held = rf_held_find(&s->t, (uintptr_t)m);
  if (!held)
    order(s, m, kind, exclusive, may_wait);
}

// ---- After it was taken, and before it is given up ----

static void locked(const void *m, const char *kind) {
  RF_WITH_SELF(rf_held_add(&s->t, (uintptr_t)m, kind, true); if (!rf_serial) rf_sync_lock_at(&s->t, (uintptr_t)m);
               rf_thread_note_sync(&s->t, NULL, (uintptr_t)m, RF_SYNC_ACQUIRED));
}

// judged: to unlock it without holding it has no defined meaning for this lock.
static void unlocking(const void *m, const char *kind, bool judged) {
  RF_WITH_SELF(look(s, m); if (!rf_held_remove(&s->t, (uintptr_t)m) && judged)
                   rf_misuse_unlock(s, (uintptr_t)m, kind);
               if (!rf_serial) rf_sync_unlock_at(&s->t, (uintptr_t)m);
               rf_thread_note_sync(&s->t, NULL, (uintptr_t)m, RF_SYNC_RELEASED));
}

static void read_locked(const void *m) {
  RF_WITH_SELF(rf_held_add(&s->t, (uintptr_t)m, "rwlock", false);
               if (!rf_serial) rf_sync_read_lock_at(&s->t, (uintptr_t)m, readers_of(m));
               rf_thread_note_sync(&s->t, NULL, (uintptr_t)m, RF_SYNC_ACQUIRED));
}

static void read_unlocking(const void *m) {
  RF_WITH_SELF(look(s, m); if (!rf_held_remove(&s->t, (uintptr_t)m)) rf_misuse_unlock(s, (uintptr_t)m, "rwlock");
               if (!rf_serial) rf_sync_read_unlock_at(&s->t, readers_of(m));
               rf_thread_note_sync(&s->t, NULL, readers_of(m), RF_SYNC_RELEASED));
}

static void write_locked(const void *m) {
  RF_WITH_SELF(rf_held_add(&s->t, (uintptr_t)m, "rwlock", true); if (!rf_serial) {
    rf_sync_acquire_at(&s->t, readers_of(m));
    rf_thread_note_sync(&s->t, NULL, readers_of(m), RF_SYNC_ACQUIRED);
    rf_sync_lock_at(&s->t, (uintptr_t)m);
  } rf_thread_note_sync(&s->t, NULL, (uintptr_t)m, RF_SYNC_ACQUIRED));
}

// held: the lock itself says that somebody holds it.
static void destroyed(const void *m, size_t n, const char *kind, bool held) {
  RF_WITH_SELF(look(s, m); if (held) rf_misuse_destroy(s, (uintptr_t)m, kind); rf_sync_forget((uintptr_t)m, n));
}

// ---- What glibc's locks say of themselves (stable since 2.3; pthread_mutex_t and mtx_t are the same inside) ----

// The kinds that check their owner themselves answer with an error, which is defined.
static bool checks_owner(const pthread_mutex_t *m) {
  const int kind = m->__data.__kind & 3;
  return kind == PTHREAD_MUTEX_RECURSIVE || kind == PTHREAD_MUTEX_ERRORCHECK;
}
static bool is_shared(const pthread_mutex_t *m) { return m->__data.__kind & 128; }
static bool is_destroyed(const pthread_mutex_t *m) { return m->__data.__kind == -1; }
static bool is_robust(const pthread_mutex_t *m) { return m->__data.__kind & 16 && !is_destroyed(m); }

// A thread that waits for itself: it holds the mutex, and the mutex says so too.
static void judge_double(struct rf_self *s, const pthread_mutex_t *m) {
  const struct rf_held *held = rf_held_find(&s->t, (uintptr_t)m);
  if (!held || checks_owner(m) || !held->exclusive)
    return;
  if (__atomic_load_n(&m->__data.__owner, __ATOMIC_RELAXED) == s->tid)
    rf_misuse_double_lock(s, held);
  else
    rf_held_remove(&s->t, (uintptr_t)m); // somebody else unlocked it, which was reported then
}

// A robust mutex whose owner died is locked all the same.
static int mutex_result(int r, const void *m, const char *kind) {
  if (r == 0 || r == EOWNERDEAD)
    locked(m, kind);
  else if (r == EINVAL && !is_robust(m))
    RF_WITH_SELF(rf_misuse_invalid(s, (uintptr_t)m, kind, is_destroyed(m)));
  return r;
}

// ---- Mutexes and spin locks ----

// A thread that finds the lock taken looks again after longer and longer whiles before it sleeps. Meanwhile the lock does
// not know that somebody waits: its holder may take it many times in a row without a system call, which judges more
// accesses per second than handing it over each time.
#define PATIENCE 512u
static bool is_soon_free(const pthread_mutex_t *m) {
  if (m->__data.__kind & ~3) // its lock word means something else
    return false;
  for (unsigned turns = 0, while_ = 32; turns < PATIENCE; while_ *= 2)
    for (unsigned i = 0; i < while_; i++, turns++) {
      __builtin_ia32_pause();
      if (i + 1 == while_ && __atomic_load_n(&m->__data.__lock, __ATOMIC_RELAXED) == 0)
        return true;
    }
  return false;
}

// May wait for ever: tries first, so that only who must wait is known to wait.
#define LOCK(name, try, kind, type, busy)                                                                    \
  RF_INTERCEPT(int, name, (type * m)) {                                                                      \
    const pthread_mutex_t *p = (const pthread_mutex_t *)m;                                                   \
    RF_WITH_SELF(locking(s, m, kind, true, true); if (s->t.held_count) judge_double(s, p));                  \
    int r = real_##try(m);                                                                                   \
    if (r == busy && is_soon_free(p))                                                                        \
      r = real_##try(m);                                                                                     \
    if (r == busy) {                                                                                         \
      if (!is_shared(p) && !is_robust(p))                                                                    \
        rf_wait_begin(kind, m);                                                                              \
      r = real_##name(m);                                                                                    \
      rf_wait_end(NULL);                                                                                     \
    }                                                                                                        \
    return mutex_result(r, m, kind);                                                                         \
  }
#define TRY(name, kind, params, args)                                                                        \
  RF_INTERCEPT(int, name, params) {                                                                          \
    RF_WITH_SELF(locking(s, (const void *)m, kind, true, false));                                            \
    return mutex_result(real_##name args, (const void *)m, kind);                                            \
  }
#define UNLOCK(name, kind, type)                                                                             \
  RF_INTERCEPT(int, name, (type * m)) {                                                                      \
    unlocking(m, kind, !checks_owner((const pthread_mutex_t *)m));                                           \
    return real_##name(m);                                                                                   \
  }

TRY(pthread_mutex_trylock, "mutex", (pthread_mutex_t * m), (m))
TRY(pthread_mutex_timedlock, "mutex", (pthread_mutex_t * m, const struct timespec *t), (m, t))
TRY(pthread_mutex_clocklock, "mutex",
    (pthread_mutex_t * m, clockid_t c, const struct timespec *t), (m, c, t))
LOCK(pthread_mutex_lock, pthread_mutex_trylock, "mutex", pthread_mutex_t, EBUSY)
UNLOCK(pthread_mutex_unlock, "mutex", pthread_mutex_t)
RF_INTERCEPT(int, pthread_mutex_destroy, (pthread_mutex_t * m)) {
  destroyed(m, sizeof *m, "mutex", __atomic_load_n(&m->__data.__owner, __ATOMIC_RELAXED) != 0);
  return real_pthread_mutex_destroy(m);
}

// C11: thrd_success is 0, no thrd value is EOWNERDEAD; the C library's own mtx functions bypass the pthread ones above.
TRY(mtx_trylock, "mtx", (mtx_t * m), (m))
TRY(mtx_timedlock, "mtx", (mtx_t *restrict m, const struct timespec *restrict t), (m, t))
LOCK(mtx_lock, mtx_trylock, "mtx", mtx_t, thrd_busy)
UNLOCK(mtx_unlock, "mtx", mtx_t)
RF_INTERCEPT(void, mtx_destroy, (mtx_t * m)) {
  destroyed(m, sizeof *m, "mtx", __atomic_load_n(&((pthread_mutex_t *)m)->__data.__owner, __ATOMIC_RELAXED) != 0);
  real_mtx_destroy(m);
}

// A spin lock is an int: who holds it is not told, and who waits keeps a processor busy.
RF_INTERCEPT(int, pthread_spin_lock, (pthread_spinlock_t * m)) {
  RF_WITH_SELF(locking(s, (const void *)m, "spinlock", true, true);
               const struct rf_held *held = rf_held_find(&s->t, (uintptr_t)m);
               if (held && *m != 1) rf_misuse_double_lock(s, held)); // glibc's on x86: 1 is free
  const int r = real_pthread_spin_lock(m);
  if (!r)
    locked((const void *)m, "spinlock");
  return r;
}
RF_INTERCEPT(int, pthread_spin_trylock, (pthread_spinlock_t * m)) {
  RF_WITH_SELF(locking(s, (const void *)m, "spinlock", true, false));
  const int r = real_pthread_spin_trylock(m);
  if (!r)
    locked((const void *)m, "spinlock");
  return r;
}
RF_INTERCEPT(int, pthread_spin_unlock, (pthread_spinlock_t * m)) {
  unlocking((const void *)m, "spinlock", true);
  return real_pthread_spin_unlock(m);
}
RF_INTERCEPT(int, pthread_spin_destroy, (pthread_spinlock_t * m)) {
  destroyed((const void *)m, sizeof *m, "spinlock", *m != 1);
  return real_pthread_spin_destroy(m);
}

// ---- Condition variables: the mutex's edges; a signal orders nothing by itself ----

// Who waits on each condition variable, with which mutex (POSIX: all with the same).
struct cond {
  struct cond *next;
  const void *at, *mutex;
  uint32_t waiters;
  rf_place first; // of the waiters
};
#define CONDS 256u
static struct cond *conds[CONDS]; // guarded by cond_lock; only those with waiters
static struct rf_lock cond_lock;

static struct cond **cond_find(const void *c) {
  struct cond **at = &conds[(uintptr_t)c / 16 % CONDS];
  while (*at && (*at)->at != c)
    at = &(*at)->next;
  return at;
}

static void cond_enter(struct rf_self *s, const void *c, const void *mutex) {
  const rf_place where = rf_thread_where(&s->t, NULL);
  struct cond other = {0};
  rf_lock_enter(&cond_lock);
  struct cond **at = cond_find(c);
  if (!*at) {
    *at = rf_mem_alloc(sizeof **at);
    **at = (struct cond){NULL, c, mutex, 0, where};
  }
  (*at)->waiters++;
  if ((*at)->mutex != mutex)
    other = **at;
  rf_lock_leave(&cond_lock);
  if (other.at)
    rf_misuse_two_mutexes(s, (uintptr_t)c, (uintptr_t)mutex, (uintptr_t)other.mutex, other.first);
}

static void cond_leave(const void *c) {
  rf_lock_enter(&cond_lock);
  struct cond **at = cond_find(c), *gone = *at;
  if (gone && --gone->waiters == 0) {
    *at = gone->next;
    rf_mem_free(gone, sizeof *gone);
  }
  rf_lock_leave(&cond_lock);
}

void rf_lock_calls_after_fork(void) {
  atomic_store_explicit(&cond_lock.held, 0, memory_order_relaxed);
  for (uint32_t i = 0; i < CONDS; i++)
    conds[i] = NULL; // the waiters are not in the child
}

struct waiter {
  const void *cond, *mutex;
  const char *kind; // of the mutex
};

// Cancelled while waiting, a thread runs its cleanup handlers with the mutex locked again.
static void woken(void *arg) {
  const struct waiter *w = arg;
  rf_wait_end(NULL);
  RF_WITH_SELF(cond_leave(w->cond));
  locked(w->mutex, w->kind);
}

// for_ever: no time ends the wait.
static void going_to_wait(const struct waiter *w, bool for_ever) {
  RF_WITH_SELF(cond_enter(s, w->cond, w->mutex));
  unlocking(w->mutex, w->kind, !checks_owner(w->mutex));
  const bool shared = ((const pthread_cond_t *)w->cond)->__data.__wrefs & 1;
  if (for_ever && !shared && !is_shared(w->mutex))
    rf_wait_begin("condition variable", w->cond);
}

#define WAIT(name, for_ever, kind, params, args)                                                             \
  RF_INTERCEPT(int, name, params) {                                                                          \
    struct waiter w = {c, m, kind};                                                                          \
    int r;                                                                                                   \
    going_to_wait(&w, for_ever);                                                                             \
    pthread_cleanup_push(woken, &w);                                                                         \
    r = real_##name args;                                                                                    \
    pthread_cleanup_pop(1);                                                                                  \
    return r;                                                                                                \
  }
WAIT(pthread_cond_wait, true, "mutex", (pthread_cond_t * c, pthread_mutex_t *m), (c, m))
WAIT(pthread_cond_timedwait, false, "mutex", (pthread_cond_t * c, pthread_mutex_t *m, const struct timespec *t),
     (c, m, t))
WAIT(pthread_cond_clockwait, false, "mutex",
     (pthread_cond_t * c, pthread_mutex_t *m, clockid_t k, const struct timespec *t), (c, m, k, t))
WAIT(cnd_wait, true, "mtx", (cnd_t * c, mtx_t *m), (c, m))
WAIT(cnd_timedwait, false, "mtx", (cnd_t *restrict c, mtx_t *restrict m, const struct timespec *restrict t), (c, m, t))

// ---- Read-write locks ----

#define RWTRY(name, exclusive, on_success, params, args)                                                     \
  RF_INTERCEPT(int, name, params) {                                                                          \
    RF_WITH_SELF(locking(s, m, "rwlock", exclusive, false));                                                 \
    const int r = real_##name args;                                                                          \
    if (!r)                                                                                                  \
      on_success(m);                                                                                         \
    return r;                                                                                                \
  }
#define RWLOCK(name, try, exclusive, on_success)                                                             \
  RF_INTERCEPT(int, name, (pthread_rwlock_t * m)) {                                                          \
    RF_WITH_SELF(locking(s, m, "rwlock", exclusive, true));                                                  \
    int r = real_##try(m);                                                                                   \
    if (r == EBUSY || r == EAGAIN) {                                                                         \
      if (!m->__data.__shared)                                                                               \
        rf_wait_begin("rwlock", m);                                                                          \
      r = real_##name(m);                                                                                    \
      rf_wait_end(NULL);                                                                                     \
    }                                                                                                        \
    if (!r)                                                                                                  \
      on_success(m);                                                                                         \
    return r;                                                                                                \
  }
RWTRY(pthread_rwlock_tryrdlock, false, read_locked, (pthread_rwlock_t * m), (m))
RWTRY(pthread_rwlock_timedrdlock, false, read_locked,
      (pthread_rwlock_t *restrict m, const struct timespec *restrict t), (m, t))
RWTRY(pthread_rwlock_clockrdlock, false, read_locked,
      (pthread_rwlock_t *restrict m, clockid_t c, const struct timespec *restrict t), (m, c, t))
RWTRY(pthread_rwlock_trywrlock, true, write_locked, (pthread_rwlock_t * m), (m))
RWTRY(pthread_rwlock_timedwrlock, true, write_locked,
      (pthread_rwlock_t *restrict m, const struct timespec *restrict t), (m, t))
RWTRY(pthread_rwlock_clockwrlock, true, write_locked,
      (pthread_rwlock_t *restrict m, clockid_t c, const struct timespec *restrict t), (m, c, t))
RWLOCK(pthread_rwlock_rdlock, pthread_rwlock_tryrdlock, false, read_locked)
RWLOCK(pthread_rwlock_wrlock, pthread_rwlock_trywrlock, true, write_locked)
RF_INTERCEPT(int, pthread_rwlock_unlock, (pthread_rwlock_t * m)) {
  // Who unlocks a write-locked lock is its writer; the C library knows whether there is one.
  if (__atomic_load_n(&m->__data.__cur_writer, __ATOMIC_RELAXED))
    unlocking(m, "rwlock", true);
  else
    read_unlocking(m);
  return real_pthread_rwlock_unlock(m);
}
RF_INTERCEPT(int, pthread_rwlock_destroy, (pthread_rwlock_t * m)) {
  destroyed(m, sizeof *m, "rwlock",
            __atomic_load_n(&m->__data.__cur_writer, __ATOMIC_RELAXED) ||
                __atomic_load_n(&m->__data.__readers, __ATOMIC_RELAXED) >> 3);
  return real_pthread_rwlock_destroy(m);
}
