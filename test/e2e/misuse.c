// Wrong use of locks, threads and signal handlers: each kind is reported, and its legal twin is not.
// RUN: %cc -O1 %s -o %t
// RUN: %racy %t unlock | FileCheck %s --check-prefix=UNLOCK
// RUN: %racy %t unlock-other | FileCheck %s --check-prefix=OTHER
// RUN: %racy %t unlock-rwlock | FileCheck %s --check-prefix=UNLOCK
// RUN: %racy %t unlock-spin | FileCheck %s --check-prefix=UNLOCK
// RUN: %racy %t unlock-mtx | FileCheck %s --check-prefix=UNLOCK
// RUN: %racy %t double | FileCheck %s --check-prefix=DOUBLE
// RUN: %racy %t destroy-locked | FileCheck %s --check-prefix=DESTROY
// RUN: %racy %t free-locked | FileCheck %s --check-prefix=FREE
// RUN: %racy %t garbage | FileCheck %s --check-prefix=GARBAGE
// RUN: %racy %t destroyed | FileCheck %s --check-prefix=DESTROYED
// RUN: %racy %t two-mutexes | FileCheck %s --check-prefix=TWO
// RUN: %racy %t leak | FileCheck %s --check-prefix=LEAK
// RUN: %racy %t handler-errno | FileCheck %s --check-prefix=ERRNO
// RUN: %racy %t handler-malloc | FileCheck %s --check-prefix=MALLOC
// RUN: %racy %t freed-mutex | FileCheck %s --check-prefix=FREED
// RUN: %clean %t errorcheck
// RUN: %clean %t recursive
// RUN: %clean %t one-mutex
// RUN: %clean %t joined
// RUN: %clean %t handler-good
// RUN: %clean %t handler-raise
// RUN: %clean %t reinit
// Each can be switched off or suppressed, and only by its own kind.
// RUN: env REDFLAG_OPTIONS=report_thread_leaks=0 %clean %t leak
// RUN: env REDFLAG_OPTIONS=report_signal_unsafe=0 %clean %t handler-errno
// RUN: env REDFLAG_OPTIONS=report_destroy_locked=0 %clean %t destroy-locked
// RUN: echo mutex:unlock_it > %t.sup && env REDFLAG_OPTIONS=suppressions=%t.sup:print_suppressions=0 %clean %t unlock
// RUN: echo thread:main > %t.sup && env REDFLAG_OPTIONS=suppressions=%t.sup:print_suppressions=0 %clean %t leak
// RUN: echo race:unlock_it > %t.sup && env REDFLAG_OPTIONS=suppressions=%t.sup %racy %t unlock
// UNLOCK: WARNING: Redflag: unlock of a lock that is not held: {{(mutex|rwlock|spinlock|mtx)}} `
// UNLOCK: SUMMARY: Redflag: unlock of a lock that is not held {{.*}}misuse.c
// OTHER: unlock of a lock that another thread holds: mutex `m`
// OTHER: Unlocked mutex `m` by main
// OTHER: Locked mutex `m` by thread 2 `lock_and_stay`
// DOUBLE: double lock: mutex `m`
// DOUBLE: Locked again
// DOUBLE: SUMMARY: Redflag: deadlock
// DESTROY: destruction of a locked lock: mutex `m`
// FREE: release of the memory of a locked lock: mutex
// FREE: free
// GARBAGE: use of an uninitialised lock
// DESTROYED: use of a destroyed lock
// TWO: one condition variable with two mutexes: condition variable `cond`
// TWO: with mutex `{{m|other}}`
// TWO: with mutex `{{m|other}}`
// LEAK: thread leak
// LEAK: created by main
// ERRNO: signal handler spoils errno
// MALLOC: call that is not safe in a signal handler
// MALLOC: allocates
// FREED: WARNING: Redflag: use after free
// FREED: Earlier release of the memory by main
#include "Inputs/meet.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

static int round_of[10];
static void meet_n(int i, int n) { hidden_meet(&round_of[i], n); }
static void meet(int i) { meet_n(i, 2); }

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER, other = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static pthread_spinlock_t spin;
static mtx_t mtx;

static void unlock_it(void) { pthread_mutex_unlock(&m); }

static void *lock_and_stay(void *arg) {
  pthread_mutex_lock(&m);
  meet(0);
  meet(1);
  return arg;
}

static void *wait_a_little(void *mutex) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  t.tv_sec += 1;
  pthread_mutex_lock(mutex);
  pthread_cond_timedwait(&cond, mutex, &t);
  pthread_mutex_unlock(mutex);
  return NULL;
}

static void *nothing(void *arg) { return arg; }

static void *lock_late(void *arg) {
  meet(0);
  pthread_mutex_lock(arg);
  return NULL;
}

static volatile sig_atomic_t hit;
static void spoils(int s) {
  (void)s;
  errno = EIO;
  hit = 1;
}
static void allocates(int s) {
  (void)s;
  char *volatile p = malloc(10);
  free(p);
  hit = 1;
}
static void good(int s) {
  (void)s;
  const int saved = errno;
  close(-1);
  errno = saved;
  hit = 1;
}

static void alarm_and_spin(void (*handler)(int)) {
  signal(SIGALRM, handler);
  ualarm(1000, 0);
  while (!hit)
    ;
}

static void lock_twice(int type) {
  pthread_mutexattr_t attr;
  pthread_mutexattr_init(&attr);
  pthread_mutexattr_settype(&attr, type);
  pthread_mutex_init(&other, &attr);
  pthread_mutex_lock(&other);
  pthread_mutex_lock(&other);
  pthread_mutex_unlock(&other);
  pthread_mutex_unlock(&other);
  pthread_mutex_unlock(&other);
}

int main(int argc, char **argv) {
  const char *what = argv[argc - 1];
  pthread_t t, u;
#define CASE(name) if (!strcmp(what, name))
  CASE("unlock") unlock_it();
  CASE("unlock-rwlock") pthread_rwlock_unlock(&rw);
  CASE("unlock-spin") {
    pthread_spin_init(&spin, 0);
    pthread_spin_unlock(&spin);
  }
  CASE("unlock-mtx") {
    mtx_init(&mtx, mtx_plain);
    mtx_unlock(&mtx);
  }
  CASE("unlock-other") {
    pthread_create(&t, NULL, lock_and_stay, NULL);
    meet(0);
    pthread_mutex_unlock(&m);
    meet(1);
    pthread_join(t, NULL);
  }
  CASE("double") {
    pthread_mutex_lock(&m);
    pthread_mutex_lock(&m);
  }
  CASE("destroy-locked") {
    pthread_mutex_lock(&m);
    pthread_mutex_destroy(&m);
  }
  CASE("free-locked") {
    pthread_mutex_t *p = malloc(sizeof *p);
    pthread_mutex_init(p, NULL);
    pthread_mutex_lock(p);
    free(p);
  }
  CASE("garbage") {
    pthread_mutex_t x;
    memset(&x, 0xaa, sizeof x);
    pthread_mutex_lock(&x);
  }
  CASE("destroyed") {
    pthread_mutex_destroy(&m);
    pthread_mutex_lock(&m);
  }
  CASE("two-mutexes") {
    pthread_create(&t, NULL, wait_a_little, &m);
    pthread_create(&u, NULL, wait_a_little, &other);
    pthread_join(t, NULL);
    pthread_join(u, NULL);
  }
  CASE("one-mutex") {
    pthread_create(&t, NULL, wait_a_little, &m);
    pthread_create(&u, NULL, wait_a_little, &m);
    pthread_join(t, NULL);
    pthread_join(u, NULL);
    wait_a_little(&other); // nobody waits any more
  }
  CASE("leak") {
    pthread_create(&t, NULL, nothing, NULL);
    usleep(200000);
  }
  CASE("joined") {
    pthread_create(&t, NULL, nothing, NULL);
    pthread_create(&u, NULL, nothing, NULL);
    pthread_detach(u);
    pthread_join(t, NULL);
  }
  CASE("freed-mutex") {
    pthread_mutex_t *p = malloc(sizeof *p);
    pthread_mutex_init(p, NULL);
    pthread_create(&t, NULL, lock_late, p);
    free(p);
    meet(0);
    pthread_join(t, NULL);
  }
  CASE("handler-errno") alarm_and_spin(spoils);
  CASE("handler-malloc") alarm_and_spin(allocates);
  CASE("handler-good") alarm_and_spin(good);
  CASE("handler-raise") {
    signal(SIGUSR1, allocates);
    raise(SIGUSR1);
  }
  CASE("errorcheck") lock_twice(PTHREAD_MUTEX_ERRORCHECK);
  CASE("recursive") lock_twice(PTHREAD_MUTEX_RECURSIVE);
  CASE("reinit") {
    pthread_mutex_lock(&m);
    pthread_mutex_unlock(&m);
    pthread_mutex_destroy(&m);
    pthread_mutex_init(&m, NULL);
    pthread_mutex_lock(&m);
    pthread_mutex_unlock(&m);
  }
  return 0;
}
