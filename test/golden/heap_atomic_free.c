// A block that is freed after an atomic access that orders nothing.
#include "meet.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

static int turn;

static void *work(void *arg) {
  atomic_int *p = arg;
  atomic_fetch_add_explicit(p, 1, memory_order_relaxed);
  hidden_add(&turn);
  return NULL;
}

int main(void) {
  pthread_t thread;
  atomic_int *p = calloc(1, sizeof *p);
  pthread_create(&thread, NULL, work, p);
  hidden_wait(&turn, 1);
  free(p);
  pthread_join(thread, NULL);
  return 0;
}
