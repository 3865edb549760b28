// Every way of pthreads to order two accesses, and its twin that does not.
// RUN: for p in MUTEX TRYLOCK TIMEDLOCK CLOCKLOCK SPIN RWLOCK COND BARRIER SEM ONCE JOIN TIMEDJOIN MTX CND CALL_ONCE; do \
// RUN:   %cc -O1 -D$p %s -o %t && %clean -n 5 %t || exit 1; \
// RUN:   %cc -O1 -D$p -DRACY %s -o %t && %racy %t | FileCheck %s || exit 1; done
// CHECK: WARNING: Redflag: data race on variable `shared` (int, 4 bytes, global, {{.*}}primitives.c:[[#]])
// CHECK: SUMMARY: Redflag: data race {{.*}}primitives.c:[[#]]:[[#]] in use
#define _GNU_SOURCE
#include "Inputs/meet.h"
#include <pthread.h>
#include <semaphore.h>
#include <threads.h>
#include <time.h>

static int shared, order;
static void use(void) { shared++; }

#ifdef RACY
#define IN(x)
#define RACE 1
#else
#define IN(x) x
#define RACE 0
#endif

static struct timespec soon(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  t.tv_sec += 20;
  return t;
}

#if defined(MUTEX) || defined(TRYLOCK) || defined(TIMEDLOCK) || defined(CLOCKLOCK)
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static void lock(void) {
#if defined(MUTEX)
  pthread_mutex_lock(&m);
#elif defined(TRYLOCK)
  while (pthread_mutex_trylock(&m))
    ;
#elif defined(TIMEDLOCK)
  struct timespec t = soon();
  pthread_mutex_timedlock(&m, &t);
#else
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  t.tv_sec += 20;
  pthread_mutex_clocklock(&m, CLOCK_MONOTONIC, &t);
#endif
}
static void unlock(void) { pthread_mutex_unlock(&m); }
#define BODY IN(lock();) use(); IN(unlock();)
#elif defined(SPIN)
static pthread_spinlock_t m;
#define INIT pthread_spin_init(&m, 0);
#define BODY IN(pthread_spin_lock(&m);) use(); IN(pthread_spin_unlock(&m);)
#elif defined(MTX)
static mtx_t m;
#define INIT mtx_init(&m, mtx_plain);
#define BODY IN(mtx_lock(&m);) use(); IN(mtx_unlock(&m);)
#elif defined(RWLOCK)
// Reading side by side orders nothing: the racy twin writes under read locks.
static pthread_rwlock_t m = PTHREAD_RWLOCK_INITIALIZER;
#define BODY                                                                                                 \
  if (RACE)                                                                                                  \
    pthread_rwlock_rdlock(&m);                                                                               \
  else                                                                                                       \
    pthread_rwlock_wrlock(&m);                                                                               \
  use();                                                                                                     \
  pthread_rwlock_unlock(&m);
#endif

#if defined(COND) || defined(CND)
#if defined(COND)
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
#define LOCK pthread_mutex_lock(&m)
#define UNLOCK pthread_mutex_unlock(&m)
#define AWAIT pthread_cond_wait(&c, &m)
#define SIGNAL pthread_cond_signal(&c)
#else
static mtx_t m;
static cnd_t c;
#define INIT mtx_init(&m, mtx_plain), cnd_init(&c);
#define LOCK mtx_lock(&m)
#define UNLOCK mtx_unlock(&m)
#define AWAIT cnd_wait(&c, &m)
#define SIGNAL cnd_signal(&c)
#endif
static int ready;
static void *second(void *arg) {
  LOCK;
  while (!ready)
    AWAIT;
  UNLOCK;
  use();
  return arg;
}
static void *first(void *arg) {
  IN(use();)
  LOCK;
  ready = 1;
  SIGNAL;
  UNLOCK;
  if (RACE)
    use();
  return arg;
}
#elif defined(BARRIER)
static pthread_barrier_t b;
#define INIT pthread_barrier_init(&b, NULL, 2);
static void *first(void *arg) {
  for (int i = 0; i < 10; i++) {
    use();
    IN(pthread_barrier_wait(&b);)
    IN(pthread_barrier_wait(&b);)
  }
  return arg;
}
static void *second(void *arg) {
  for (int i = 0; i < 10; i++) {
    IN(pthread_barrier_wait(&b);)
    use();
    IN(pthread_barrier_wait(&b);)
  }
  return arg;
}
#elif defined(SEM)
static sem_t s;
#define INIT sem_init(&s, 0, 0);
static void *first(void *arg) {
  IN(use();)
  sem_post(&s);
  if (RACE)
    use();
  return arg;
}
static void *second(void *arg) {
  sem_wait(&s);
  use();
  return arg;
}
#elif defined(ONCE) || defined(CALL_ONCE)
#ifdef ONCE
static pthread_once_t once = PTHREAD_ONCE_INIT;
#define CALL pthread_once
#else
static once_flag once = ONCE_FLAG_INIT;
#define CALL call_once
#endif
static void *first(void *arg) {
  if (RACE)
    use();
  else
    CALL(&once, use);
  return (void *)(long)shared;
}
#define second first
#elif defined(JOIN) || defined(TIMEDJOIN)
static void *first(void *arg) {
  use();
  return arg;
}
static void *second(void *arg) {
#ifndef RACY
#ifdef JOIN
  pthread_join(*(pthread_t *)arg, NULL);
#else
  struct timespec t = soon();
  pthread_timedjoin_np(*(pthread_t *)arg, NULL, &t);
#endif
#endif
  use();
  return NULL;
}
#define JOINED
#else
static void *first(void *arg) {
  BODY;
  return arg;
}
#define second first
#endif

int main(void) {
  static pthread_t a;
  pthread_t b2;
#ifdef INIT
  INIT
#endif
  pthread_create(&a, NULL, first, NULL);
  pthread_create(&b2, NULL, second, &a);
  pthread_join(b2, NULL);
#if !defined(JOINED) || defined(RACY)
  pthread_join(a, NULL);
#endif
  (void)order;
}
