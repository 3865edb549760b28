// What the rows share: threads put in an order that no detector takes for synchronisation, and the hand-over that
// is such an order in the racy program and a semaphore's in its clean twin.
#ifndef ROW_H
#define ROW_H

#include "../../e2e/Inputs/meet.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stddef.h>

static int row_steps;
static sem_t row_sem;

static inline void step(void) { hidden_add(&row_steps); }

// Until n steps have been made. A processor that has nothing better to do is given away.
static inline void await_step(int n) {
  while (hidden_load(&row_steps) < n)
    sched_yield();
}

__attribute__((constructor)) static void row_init(void) { sem_init(&row_sem, 0, 0); }

static inline void hand_over(void) {
#ifdef RACY
  step();
#else
  sem_post(&row_sem);
#endif
}

static inline void take_over(void) {
#ifdef RACY
  await_step(1);
#else
  sem_wait(&row_sem);
#endif
}

static inline void run_two(void *(*f)(void *), void *(*g)(void *), void *arg) {
  pthread_t a, b;
  pthread_create(&a, NULL, f, arg);
  pthread_create(&b, NULL, g, arg);
  pthread_join(a, NULL);
  pthread_join(b, NULL);
}

#endif
