// Threads ordered by what POSIX and glibc offer, newer calls among them that a detector may not know; the racy twin
// makes the second access without waiting.
// list: invented
// kind: race
// flags: -D_GNU_SOURCE
// row: pthread_mutex_clocklock | -DCASE=1
// row: pthread_mutex_timedlock | -DCASE=2
// row: pthread_rwlock_clockwrlock, clockrdlock | -DCASE=3
// row: pthread_cond_clockwait | -DCASE=4
// row: sem_clockwait | -DCASE=5
// row: sem_timedwait | -DCASE=6
// row: pthread_tryjoin_np | -DCASE=7
// row: pthread_timedjoin_np | -DCASE=8
// row: pthread_clockjoin_np | -DCASE=9
// row: pthread_barrier_wait | -DCASE=10
// row: pthread_spin_lock | -DCASE=11
// row: pthread_once | -DCASE=12
// row: named semaphore | -DCASE=13
// row: mtx_t | -DCASE=14
// row: mtx_timedlock | -DCASE=15
// row: thrd_join | -DCASE=16
// row: call_once | -DCASE=17
// row: recursive mutex | -DCASE=18
// row: robust mutex whose owner has died | -DCASE=19
// row: futex by syscall | -DCASE=20
// row: flockfile | -DCASE=21
// row: destructor of a key, then join | -DCASE=22
// row: cancelled thread, then join | -DCASE=23
#include "row.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

long data;
static volatile int ready;
static __thread volatile long sink;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static once_flag once11 = ONCE_FLAG_INIT;
static pthread_barrier_t barrier;
static pthread_spinlock_t spin;
static pthread_key_t key;
static sem_t sem, *named;
static mtx_t mtx;
static int word;

static struct timespec late(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  t.tv_sec += 50;
  return t;
}
#define REAL &(struct timespec){late(CLOCK_REALTIME).tv_sec}
#define MONO &(struct timespec){late(CLOCK_MONOTONIC).tv_sec}

__attribute__((noinline)) static void touch(void) { data++; }

#ifdef RACY
#define ONLY_CLEAN(x) ((void)0)
#else
#define ONLY_CLEAN(x) (x)
#endif

static void lock(void) {
#if CASE == 1
  pthread_mutex_clocklock(&m, CLOCK_MONOTONIC, MONO);
#elif CASE == 2
  pthread_mutex_timedlock(&m, REAL);
#elif CASE == 3
  pthread_rwlock_clockwrlock(&rw, CLOCK_MONOTONIC, MONO);
#elif CASE == 11
  pthread_spin_lock(&spin);
#elif CASE == 14
  mtx_lock(&mtx);
#elif CASE == 15
  mtx_timedlock(&mtx, REAL);
#elif CASE == 18
  pthread_mutex_lock(&m);
  pthread_mutex_lock(&m);
#elif CASE == 19
  if (pthread_mutex_lock(&m) == EOWNERDEAD)
    pthread_mutex_consistent(&m);
#elif CASE == 21
  flockfile(stdout);
#endif
}

static void unlock(void) {
#if CASE == 1 || CASE == 2 || CASE == 19
  pthread_mutex_unlock(&m);
#elif CASE == 3
  pthread_rwlock_unlock(&rw);
#elif CASE == 11
  pthread_spin_unlock(&spin);
#elif CASE == 14 || CASE == 15
  mtx_unlock(&mtx);
#elif CASE == 18
  pthread_mutex_unlock(&m);
  pthread_mutex_unlock(&m);
#elif CASE == 21
  funlockfile(stdout);
#endif
}

#if CASE == 12 || CASE == 17
static void init(void) { touch(); }
static void *user(void *arg) {
#ifdef RACY
  touch();
#elif CASE == 12
  pthread_once(&once, init);
#else
  call_once(&once11, init);
#endif
  sink = data;
  return arg;
}
#endif

static void *first(void *arg) {
  (void)arg;
#if CASE == 4
  pthread_mutex_lock(&m);
  touch();
  ready = 1;
  pthread_cond_signal(&cond);
  pthread_mutex_unlock(&m);
#elif CASE == 5 || CASE == 6
  touch();
  sem_post(&sem);
#elif CASE == 10
  touch();
  ONLY_CLEAN(pthread_barrier_wait(&barrier));
#elif CASE == 12 || CASE == 17
  user(NULL);
#elif CASE == 13
  touch();
  sem_post(named);
#elif CASE == 20
  touch();
  __atomic_store_n(&word, 1, __ATOMIC_RELEASE);
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
#elif CASE == 7 || CASE == 8 || CASE == 9 || CASE == 16
  touch();
#elif CASE == 19
  lock();
  touch();
#elif CASE == 22
  pthread_setspecific(key, &word);
#elif CASE == 23
  int old;
  touch();
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &old);
  step();
  for (;;)
    pause();
#else
  ONLY_CLEAN(lock());
  touch();
  ONLY_CLEAN(unlock());
#endif
  step();
  return NULL;
}

static void *second(void *arg) {
  (void)arg;
#if CASE == 4
#ifndef RACY
  pthread_mutex_lock(&m);
  while (!ready)
    pthread_cond_clockwait(&cond, &m, CLOCK_MONOTONIC, MONO);
  pthread_mutex_unlock(&m);
#endif
  touch();
#elif CASE == 5
  ONLY_CLEAN(sem_clockwait(&sem, CLOCK_MONOTONIC, MONO));
  touch();
#elif CASE == 6
  ONLY_CLEAN(sem_timedwait(&sem, REAL));
  touch();
#elif CASE == 10
  ONLY_CLEAN(pthread_barrier_wait(&barrier));
  touch();
#elif CASE == 12 || CASE == 17
  user(NULL);
#elif CASE == 13
  ONLY_CLEAN(sem_wait(named));
  touch();
#elif CASE == 19
  await_step(1);
  ONLY_CLEAN(lock());
  touch();
  ONLY_CLEAN(unlock());
#elif CASE == 20
#ifndef RACY
  while (!__atomic_load_n(&word, __ATOMIC_RELAXED))
    syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
  __atomic_thread_fence(__ATOMIC_ACQUIRE);
#endif
  touch();
#else
  await_step(1);
  ONLY_CLEAN(lock());
  touch();
  ONLY_CLEAN(unlock());
#endif
  return NULL;
}

static void destructor(void *p) {
  (void)p;
  touch();
  step();
}
static int first11(void *arg) { return first(arg) != NULL; }

int main(void) {
  pthread_mutexattr_t attr;
  pthread_mutexattr_init(&attr);
#if CASE == 18
  pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
#elif CASE == 19
  pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
#endif
  pthread_mutex_init(&m, &attr);
  pthread_barrier_init(&barrier, NULL, 2);
  pthread_spin_init(&spin, 0);
  pthread_key_create(&key, destructor);
  sem_init(&sem, 0, 0);
  mtx_init(&mtx, mtx_timed);
#if CASE == 13
  char name[40];
  snprintf(name, sizeof name, "/row-%d", getpid());
  named = sem_open(name, O_CREAT, 0600, 0);
  sem_unlink(name);
#endif
#if CASE == 7 || CASE == 8 || CASE == 9 || CASE == 22 || CASE == 23
  pthread_t t;
  pthread_create(&t, NULL, first, NULL);
#ifdef RACY
  await_step(1);
  touch();
#endif
#if CASE == 7
  while (pthread_tryjoin_np(t, NULL) == EBUSY)
    sched_yield();
#elif CASE == 8
  pthread_timedjoin_np(t, NULL, REAL);
#elif CASE == 9
  pthread_clockjoin_np(t, NULL, CLOCK_MONOTONIC, MONO);
#else
#if CASE == 23
  await_step(1);
  pthread_cancel(t);
#endif
  pthread_join(t, NULL);
#endif
  touch();
#elif CASE == 16
  thrd_t t;
  thrd_create(&t, first11, NULL);
#ifdef RACY
  await_step(1);
  touch();
#endif
  thrd_join(t, NULL);
  touch();
#else
  run_two(first, second, NULL);
#endif
}
