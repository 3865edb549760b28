// Threads that wait for each other for ever are reported, and the program ends instead of hanging; threads that
// only might have are reported as an inversion of lock order; what cannot happen is not.
// RUN: %cc -O1 %s -o %t
// RUN: %racy %t circle | FileCheck %s --check-prefix=CIRCLE
// RUN: %racy %t three | FileCheck %s --check-prefix=CIRCLE
// RUN: %racy %t lost-signal > %t.out && FileCheck %s --check-prefix=LOST < %t.out && grep -q "^before$" %t.out
// RUN: %racy %t barrier | FileCheck %s --check-prefix=BARRIER
// RUN: %racy %t semaphore | FileCheck %s --check-prefix=SEMAPHORE
// RUN: %racy %t rwlock | FileCheck %s --check-prefix=RWLOCK
// RUN: %racy %t order | FileCheck %s --check-prefix=ORDER
// RUN: %racy %t order-rw | FileCheck %s --check-prefix=ORDER
// RUN: %clean %t order-gate
// RUN: %clean %t order-readers
// RUN: %clean %t order-joined
// RUN: %clean %t order-try
// RUN: %clean %t order-same
// RUN: %clean %t semaphore-from-handler
// RUN: %clean %t hand-off
// RUN: %clean %t long-wait
// RUN: %clean %t looked-at
// RUN: env REDFLAG_OPTIONS=detect_deadlocks=0 %clean %t order
// RUN: echo deadlock:ba > %t.sup && env REDFLAG_OPTIONS=suppressions=%t.sup:print_suppressions=0 %clean %t order
// CIRCLE: WARNING: Redflag: deadlock: mutex
// CIRCLE: Waiting for mutex `{{[abc]}}`
// CIRCLE: Holding mutex `{{[abc]}}`
// CIRCLE: SUMMARY: Redflag: deadlock
// LOST: Waiting for condition variable `cond`
// LOST: Waiting for thread
// BARRIER: Waiting for barrier `barrier`
// SEMAPHORE: Waiting for semaphore `sem`
// RWLOCK: Waiting for rwlock `rw`
// ORDER: WARNING: Redflag: lock-order inversion: {{mutex|rwlock}} `{{a|rw}}`
// ORDER: Locking {{mutex|rwlock}} `{{a|rw}}` while holding mutex `b` by thread {{[34]}} `{{ba|wr}}`
// ORDER: Locking mutex `b` while holding {{mutex|rwlock}} `{{a|rw}}` by thread {{[34]}} `{{ab|rw_b}}`
#include "Inputs/meet.h"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int round_of[10];
static void meet_n(int i, int n) { hidden_meet(&round_of[i], n); }
static void meet(int i) { meet_n(i, 2); }

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER, c = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER, rw2 = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t barrier;
static sem_t sem;
static int use_gate, try_second, turns, wait_at;

static void *two(pthread_mutex_t *first, pthread_mutex_t *second) {
  if (use_gate)
    pthread_mutex_lock(&gate);
  pthread_mutex_lock(first);
  if (wait_at)
    meet_n(0, wait_at);
  if (!try_second)
    pthread_mutex_lock(second);
  else if (pthread_mutex_trylock(second))
    second = NULL;
  if (second)
    pthread_mutex_unlock(second);
  pthread_mutex_unlock(first);
  if (use_gate)
    pthread_mutex_unlock(&gate);
  return NULL;
}
static void *ab(void *x) { return (void)x, two(&a, &b); }
static void *ba(void *x) { return (void)x, two(&b, &a); }
static void *bc(void *x) { return (void)x, two(&b, &c); }
static void *ca(void *x) { return (void)x, two(&c, &a); }

static void *rw_b(void *x) {
  pthread_rwlock_rdlock(&rw);
  pthread_mutex_lock(&b);
  pthread_mutex_unlock(&b);
  pthread_rwlock_unlock(&rw);
  return x;
}
static void *wr(void *x) {
  pthread_mutex_lock(&b);
  pthread_rwlock_wrlock(&rw);
  pthread_rwlock_unlock(&rw);
  pthread_mutex_unlock(&b);
  return x;
}
static void *readers(void *x) {
  pthread_rwlock_t *first = x, *second = x == &rw ? &rw2 : &rw;
  pthread_rwlock_rdlock(first);
  pthread_rwlock_rdlock(second);
  pthread_rwlock_unlock(second);
  pthread_rwlock_unlock(first);
  return NULL;
}

static void *wait_for_signal(void *x) {
  pthread_mutex_lock(&a);
  while (!turns)
    pthread_cond_wait(&cond, &a);
  pthread_mutex_unlock(&a);
  return x;
}
static void *at_barrier(void *x) {
  pthread_barrier_wait(&barrier);
  return x;
}
static void *at_semaphore(void *x) {
  sem_wait(&sem);
  return x;
}
static void *at_rwlock(void *x) {
  pthread_rwlock_wrlock(&rw);
  return x;
}
static void post(int s) { (void)s, sem_post(&sem); }

static int plays = 20000;
static void *play(void *x) { // two threads hand a turn to each other, all waiting now and then
  const int me = x != NULL;
  for (int i = 0; i < plays; i++) {
    pthread_mutex_lock(&a);
    while (turns % 2 != me)
      pthread_cond_wait(&cond, &a);
    turns++;
    pthread_cond_signal(&cond);
    pthread_mutex_unlock(&a);
  }
  return NULL;
}
// Who waits for the mutex looks whether its owner waits too, and the owner is just coming back from the condition
// variable.
static void *look(void *x) {
  for (int over = 0; !over;) {
    pthread_mutex_lock(&a);
    over = turns >= plays;
    pthread_mutex_unlock(&a);
  }
  return x;
}
static void *sleep_then_signal(void *x) {
  usleep(1500000);
  pthread_mutex_lock(&a);
  turns = 1;
  pthread_cond_broadcast(&cond);
  pthread_mutex_unlock(&a);
  return x;
}
static void *idle(void *x) {
  meet(8);
  return x;
}

static void run(int n, void *(*f[])(void *), void *args[]) {
  pthread_t t[6];
  for (int i = 0; i < n; i++)
    pthread_create(&t[i], NULL, f[i], args ? args[i] : NULL);
  for (int i = 0; i < n; i++)
    pthread_join(t[i], NULL);
}
#define RUN(...)                                                                                               \
  run(sizeof((void *(*[])(void *)){__VA_ARGS__}) / sizeof(void *), (void *(*[])(void *)){__VA_ARGS__}, NULL)

// One after the other, while another thread lives: nothing but luck keeps them apart.
static void in_turn(void *(*f)(void *), void *(*g)(void *), void *x, void *y) {
  pthread_t t, other;
  pthread_create(&other, NULL, idle, NULL);
  pthread_create(&t, NULL, f, x);
  pthread_join(t, NULL);
  pthread_create(&t, NULL, g, y);
  pthread_join(t, NULL);
  meet(8);
  pthread_join(other, NULL);
}

int main(int argc, char **argv) {
  const char *what = argv[argc - 1];
#define CASE(name) if (!strcmp(what, name))
  CASE("circle") {
    wait_at = 2;
    RUN(ab, ba);
  }
  CASE("three") {
    wait_at = 3;
    RUN(ab, bc, ca);
  }
  CASE("lost-signal") {
    printf("before\n");
    RUN(wait_for_signal);
  }
  CASE("barrier") {
    pthread_barrier_init(&barrier, NULL, 3);
    RUN(at_barrier, at_barrier);
  }
  CASE("semaphore") {
    sem_init(&sem, 0, 0);
    RUN(at_semaphore);
  }
  CASE("rwlock") {
    pthread_rwlock_rdlock(&rw);
    RUN(at_rwlock);
  }
  CASE("order") in_turn(ab, ba, NULL, NULL);
  CASE("order-rw") in_turn(rw_b, wr, NULL, NULL);
  CASE("order-readers") in_turn(readers, readers, &rw, &rw2);
  CASE("order-gate") {
    use_gate = 1;
    in_turn(ab, ba, NULL, NULL);
  }
  CASE("order-try") {
    try_second = 1;
    in_turn(ab, ba, NULL, NULL);
  }
  CASE("order-joined") {
    RUN(ab);
    RUN(ba);
  }
  CASE("order-same") {
    pthread_t other;
    pthread_create(&other, NULL, idle, NULL);
    ab(NULL);
    ba(NULL);
    meet(8);
    pthread_join(other, NULL);
  }
  CASE("semaphore-from-handler") {
    sem_init(&sem, 0, 0);
    signal(SIGALRM, post);
    ualarm(900000, 0);
    RUN(at_semaphore);
  }
  CASE("hand-off") run(2, (void *(*[])(void *)){play, play}, (void *[]){NULL, ""});
  CASE("looked-at") {
    plays = 10000;
    run(6, (void *(*[])(void *)){play, play, look, look, look, look}, (void *[6]){NULL, ""});
  }
  CASE("long-wait") RUN(wait_for_signal, wait_for_signal, sleep_then_signal);
  return 0;
}
