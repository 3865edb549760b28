// A thread ends while another still has the address of its thread-local variable: the end of the thread gives the
// memory back.
// list: lost
// kind: finding
// row: thread-local variable of a thread that has ended |  |  |  | use after free
#include "row.h"

static __thread int a[100];
static int *address;
static sem_t ready;

static void *owner(void *arg) {
  address = &a[50];
  sem_post(&ready);
#ifndef RACY
  take_over();
#else
  step();
#endif
  return arg;
}

static void *user(void *arg) {
  sem_wait(&ready);
#ifdef RACY
  await_step(1);
  for (int i = 0; i < 20000; i++) // until it has very likely ended; nothing reports sooner or later
    sched_yield();
#endif
  (*address)++;
  hand_over();
  return arg;
}

int main(void) {
  sem_init(&ready, 0, 0);
  run_two(owner, user, NULL);
}
