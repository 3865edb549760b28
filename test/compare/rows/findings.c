// Wrong use of locks, threads and signal handlers, each with its correct twin.
// list: other
// kind: finding
// flags: -D_GNU_SOURCE
// row: lock-order inversion of 2 locks | -DCASE=1 -DLOCKS=2 |  |  | lock-order inversion
// row: lock-order inversion of 4 locks | -DCASE=1 -DLOCKS=4 |  |  | lock-order inversion
// row: lock-order inversion of a mutex and a rwlock's writer; clean: a try | -DCASE=2 |  |  | lock-order inversion
// row: deadlock of two threads: reported, not a hang | -DCASE=3 |  |  | deadlock
// row: unlock of a mutex that another thread holds | -DCASE=4 |  |  | unlock of a lock that another thread holds
// row: unlock of a mutex that nobody holds | -DCASE=5 |  |  | unlock of a lock that is not held
// row: destroy of a locked mutex | -DCASE=6 |  |  | destruction of a locked lock
// row: double lock; clean: recursive | -DCASE=7 |  |  | double lock
// row: uninitialised mutex | -DCASE=8 |  |  | use of an uninitialised lock
// row: destroyed mutex | -DCASE=9 |  |  | use of a destroyed lock
// row: thread leak; clean: detached | -DCASE=10 |  |  | thread leak
// row: use after free by another thread | -DCASE=11 |  |  | use after free
// row: signal handler changes errno | -DCASE=12 |  |  | signal handler spoils errno
// row: signal handler calls malloc | -DCASE=13 |  |  | call that is not safe in a signal handler
// row: one condition variable with two mutexes | -DCASE=14 |  |  | one condition variable with two mutexes
#include "row.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifdef RACY
enum { WRONG = 1 };
#else
enum { WRONG = 0 };
#endif
#ifndef LOCKS
#define LOCKS 2
#endif
static pthread_mutex_t m[4] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
                               PTHREAD_MUTEX_INITIALIZER};
static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static volatile sig_atomic_t hit;
static char *block;

// Only main takes the alarm: its flag is for a handler in the thread that reads it.
static void alarms(int how) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGALRM);
  pthread_sigmask(how, &set, NULL);
}

static void *idle(void *arg) {
  await_step(99);
  return arg;
}
static void *nothing(void *arg) { return arg; }

// Locks i and the next; the last closes the circle unless the order is right.
static void *lock_two(void *arg) {
  int i = (int)(long)arg, k = (i + 1) % LOCKS;
  if (!WRONG && k < i)
    k = i, i = 0;
  pthread_mutex_lock(&m[i]);
#if CASE == 3
  if (WRONG) {
    step();
    await_step(2);
  }
#endif
  pthread_mutex_lock(&m[k]);
  pthread_mutex_unlock(&m[k]);
  pthread_mutex_unlock(&m[i]);
  return NULL;
}

static void *reader(void *arg) {
  pthread_rwlock_rdlock(&rw);
  pthread_mutex_lock(&m[0]);
  pthread_mutex_unlock(&m[0]);
  pthread_rwlock_unlock(&rw);
  return arg;
}
static void *writer(void *arg) {
  pthread_mutex_lock(&m[0]);
  if (WRONG)
    pthread_rwlock_wrlock(&rw);
  else
    pthread_rwlock_trywrlock(&rw);
  pthread_rwlock_unlock(&rw);
  pthread_mutex_unlock(&m[0]);
  return arg;
}

static void *holder(void *arg) {
  pthread_mutex_lock(&m[0]);
  step();
  await_step(2);
  if (!WRONG)
    pthread_mutex_unlock(&m[0]);
  return arg;
}

static void *waiter(void *mutex) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  t.tv_sec += 1;
  pthread_mutex_lock(mutex);
  pthread_cond_timedwait(&cond, mutex, &t);
  pthread_mutex_unlock(mutex);
  return NULL;
}

static void *user(void *arg) {
  if (WRONG)
    await_step(1);
  ((volatile char *)block)[10]++;
  return arg;
}

static void handler(int s) {
  (void)s;
  const int saved = errno;
  if (CASE == 12)
    close(-1);
  if (CASE == 13 && WRONG) {
    char *volatile p = malloc(10);
    free(p);
  }
  if (!WRONG || CASE == 13)
    errno = saved;
  hit = 1;
}

int main(void) {
  pthread_t t, u;
#if CASE != 3 && CASE != 7 // where all threads that there are must wait
  alarms(SIG_BLOCK);
  pthread_create(&u, NULL, idle, NULL); // so that not everything is done by one thread
  alarms(SIG_UNBLOCK);
#endif
#if CASE == 1
  for (long i = 0; i < LOCKS; i++) { // one after the other: nothing but luck keeps them apart
    pthread_create(&t, NULL, lock_two, (void *)i);
    pthread_join(t, NULL);
  }
#elif CASE == 2
  pthread_create(&t, NULL, reader, NULL);
  pthread_join(t, NULL);
  pthread_create(&t, NULL, writer, NULL);
  pthread_join(t, NULL);
#elif CASE == 3
  pthread_create(&t, NULL, lock_two, (void *)0);
  lock_two((void *)1);
  pthread_join(t, NULL);
#elif CASE == 4
  pthread_create(&t, NULL, holder, NULL);
  await_step(1);
  if (WRONG)
    pthread_mutex_unlock(&m[0]);
  step();
  pthread_join(t, NULL);
#elif CASE == 5
  if (!WRONG)
    pthread_mutex_lock(&m[0]);
  pthread_mutex_unlock(&m[0]);
#elif CASE == 6
  pthread_mutex_lock(&m[0]);
  if (!WRONG)
    pthread_mutex_unlock(&m[0]);
  pthread_mutex_destroy(&m[0]);
#elif CASE == 7
  pthread_mutexattr_t attr;
  pthread_mutexattr_init(&attr);
  pthread_mutexattr_settype(&attr, WRONG ? PTHREAD_MUTEX_NORMAL : PTHREAD_MUTEX_RECURSIVE);
  pthread_mutex_init(&m[1], &attr);
  pthread_mutex_lock(&m[1]);
  pthread_mutex_lock(&m[1]);
  pthread_mutex_unlock(&m[1]);
  pthread_mutex_unlock(&m[1]);
#elif CASE == 8
  pthread_mutex_t x;
  memset(&x, 0xaa, sizeof x);
  if (!WRONG)
    pthread_mutex_init(&x, NULL);
  pthread_mutex_lock(&x);
  pthread_mutex_unlock(&x);
#elif CASE == 9
  pthread_mutex_destroy(&m[0]);
  if (!WRONG)
    pthread_mutex_init(&m[0], NULL);
  pthread_mutex_lock(&m[0]);
  pthread_mutex_unlock(&m[0]);
#elif CASE == 10
  pthread_create(&t, NULL, nothing, NULL);
  if (!WRONG)
    pthread_detach(t);
  usleep(200000);
#elif CASE == 11
  block = malloc(100);
  pthread_create(&t, NULL, user, NULL);
  if (!WRONG)
    pthread_join(t, NULL);
  free(block);
  step();
  if (WRONG)
    pthread_join(t, NULL);
#elif CASE == 12 || CASE == 13
  signal(SIGALRM, handler);
  ualarm(1000, 0);
  while (!hit)
    ;
#elif CASE == 14
  pthread_create(&t, NULL, waiter, &m[0]);
  waiter(WRONG ? &m[1] : &m[0]);
  pthread_join(t, NULL);
#endif
#if CASE != 3 && CASE != 7
  for (int i = 0; i < 99; i++)
    step();
  pthread_join(u, NULL);
#endif
  return 0;
}
