// Locks. One row per call: what it does, when it succeeded, and which edges it makes. Edges (POSIX XSH
// 4.12, C11 7.26.4): the n-th unlock -> every later lock; for read-write locks a read-unlock only -> later
// write-locks.
#include "rf_intercept.h"
#include "rf_lock.h"

#include <errno.h>
#include <pthread.h>
#include <threads.h>

static uintptr_t readers_of(const void *rwlock) { return (uintptr_t)rwlock + 8; }

static void locked(const void *m, const char *kind) {
  RF_WITH_SELF(if (!rf_serial) rf_sync_acquire_at(&s->t, (uintptr_t)m);
               rf_held_add(&s->t, (uintptr_t)m, kind, true); rf_thread_note_sync(&s->t, NULL, (uintptr_t)m));
}

static void unlocking(const void *m) {
  RF_WITH_SELF(rf_held_remove(&s->t, (uintptr_t)m);
               if (!rf_serial) rf_sync_release_store_at(&s->t, (uintptr_t)m);
               rf_thread_note_sync(&s->t, NULL, (uintptr_t)m));
}

static void read_locked(const void *m) {
  RF_WITH_SELF(if (!rf_serial) rf_sync_acquire_at(&s->t, (uintptr_t)m);
               rf_held_add(&s->t, (uintptr_t)m, "rwlock", false); rf_thread_note_sync(&s->t, NULL, (uintptr_t)m));
}

static void read_unlocking(const void *m) {
  RF_WITH_SELF(rf_held_remove(&s->t, (uintptr_t)m);
               if (!rf_serial) rf_sync_release_merge_at(&s->t, readers_of(m));
               rf_thread_note_sync(&s->t, NULL, (uintptr_t)m));
}

static void write_locked(const void *m) {
  RF_WITH_SELF(if (!rf_serial) {
    rf_sync_acquire_at(&s->t, (uintptr_t)m);
    rf_sync_acquire_at(&s->t, readers_of(m));
  } rf_held_add(&s->t, (uintptr_t)m, "rwlock", true);
               rf_thread_note_sync(&s->t, NULL, (uintptr_t)m));
}

static void destroyed(const void *m, size_t n) { RF_WITH_SELF(rf_sync_forget((uintptr_t)m, n)); }

// ---- Mutexes and spin locks ----

// A robust mutex whose owner died is locked all the same.
static int mutex_result(int r, const void *m, const char *kind) {
  if (r == 0 || r == EOWNERDEAD)
    locked(m, kind);
  return r;
}

#define LOCK(name, kind, params, args)                                                                       \
  RF_INTERCEPT(int, name, params) { return mutex_result(real_##name args, (const void *)m, kind); }
#define UNLOCK(name, type)                                                                                   \
  RF_INTERCEPT(int, name, (type * m)) {                                                                      \
    unlocking((const void *)m);                                                                              \
    return real_##name(m);                                                                                   \
  }
#define DESTROY(name, type)                                                                                  \
  RF_INTERCEPT(int, name, (type * m)) {                                                                      \
    destroyed((const void *)m, sizeof *m);                                                                   \
    return real_##name(m);                                                                                   \
  }

LOCK(pthread_mutex_lock, "mutex", (pthread_mutex_t * m), (m))
LOCK(pthread_mutex_trylock, "mutex", (pthread_mutex_t * m), (m))
LOCK(pthread_mutex_timedlock, "mutex", (pthread_mutex_t * m, const struct timespec *t), (m, t))
LOCK(pthread_mutex_clocklock, "mutex",
     (pthread_mutex_t * m, clockid_t c, const struct timespec *t), (m, c, t))
UNLOCK(pthread_mutex_unlock, pthread_mutex_t)
DESTROY(pthread_mutex_destroy, pthread_mutex_t)

LOCK(pthread_spin_lock, "spinlock", (pthread_spinlock_t * m), (m))
LOCK(pthread_spin_trylock, "spinlock", (pthread_spinlock_t * m), (m))
UNLOCK(pthread_spin_unlock, pthread_spinlock_t)
DESTROY(pthread_spin_destroy, pthread_spinlock_t)

// C11: thrd_success is 0, no thrd value is EOWNERDEAD; the C library's own mtx functions bypass the pthread ones above.
LOCK(mtx_lock, "mtx", (mtx_t * m), (m))
LOCK(mtx_trylock, "mtx", (mtx_t * m), (m))
LOCK(mtx_timedlock, "mtx", (mtx_t *restrict m, const struct timespec *restrict t), (m, t))
UNLOCK(mtx_unlock, mtx_t)
RF_INTERCEPT(void, mtx_destroy, (mtx_t * m)) {
  destroyed(m, sizeof *m);
  real_mtx_destroy(m);
}

// ---- Condition variables: the mutex's edges; a signal orders nothing by itself ----

static void relock(void *m) { locked(m, "mutex"); }

// Cancelled while waiting, a thread runs its cleanup handlers with the mutex locked again.
#define WAIT(name, params, args)                                                                             \
  RF_INTERCEPT(int, name, params) {                                                                          \
    int r;                                                                                                   \
    unlocking(m);                                                                                            \
    pthread_cleanup_push(relock, m);                                                                         \
    r = real_##name args;                                                                                    \
    pthread_cleanup_pop(1);                                                                                  \
    return r;                                                                                                \
  }
WAIT(pthread_cond_wait, (pthread_cond_t * c, pthread_mutex_t *m), (c, m))
WAIT(pthread_cond_timedwait, (pthread_cond_t * c, pthread_mutex_t *m, const struct timespec *t), (c, m, t))
WAIT(pthread_cond_clockwait,
     (pthread_cond_t * c, pthread_mutex_t *m, clockid_t k, const struct timespec *t), (c, m, k, t))
WAIT(cnd_wait, (cnd_t * c, mtx_t *m), (c, m))
WAIT(cnd_timedwait, (cnd_t *restrict c, mtx_t *restrict m, const struct timespec *restrict t), (c, m, t))

// ---- Read-write locks ----

#define RDLOCK(name, params, args)                                                                           \
  RF_INTERCEPT(int, name, params) {                                                                          \
    const int r = real_##name args;                                                                          \
    if (!r)                                                                                                  \
      read_locked(m);                                                                                        \
    return r;                                                                                                \
  }
#define WRLOCK(name, params, args)                                                                           \
  RF_INTERCEPT(int, name, params) {                                                                          \
    const int r = real_##name args;                                                                          \
    if (!r)                                                                                                  \
      write_locked(m);                                                                                       \
    return r;                                                                                                \
  }
RDLOCK(pthread_rwlock_rdlock, (pthread_rwlock_t * m), (m))
RDLOCK(pthread_rwlock_tryrdlock, (pthread_rwlock_t * m), (m))
RDLOCK(pthread_rwlock_timedrdlock, (pthread_rwlock_t *restrict m, const struct timespec *restrict t), (m, t))
RDLOCK(pthread_rwlock_clockrdlock, (pthread_rwlock_t *restrict m, clockid_t c, const struct timespec *restrict t),
       (m, c, t))
WRLOCK(pthread_rwlock_wrlock, (pthread_rwlock_t * m), (m))
WRLOCK(pthread_rwlock_trywrlock, (pthread_rwlock_t * m), (m))
WRLOCK(pthread_rwlock_timedwrlock, (pthread_rwlock_t *restrict m, const struct timespec *restrict t), (m, t))
WRLOCK(pthread_rwlock_clockwrlock, (pthread_rwlock_t *restrict m, clockid_t c, const struct timespec *restrict t),
       (m, c, t))
RF_INTERCEPT(int, pthread_rwlock_unlock, (pthread_rwlock_t * m)) {
  // Who unlocks a write-locked lock is its writer; the C library knows whether there is one.
  if (__atomic_load_n(&m->__data.__cur_writer, __ATOMIC_RELAXED))
    unlocking(m);
  else
    read_unlocking(m);
  return real_pthread_rwlock_unlock(m);
}
DESTROY(pthread_rwlock_destroy, pthread_rwlock_t)
