// An inlined function is a frame like any other.
#include "meet.h"
#include <pthread.h>

static int turn;
static int level;
static inline __attribute__((always_inline)) void raise_level(int by) { level += by; }
static inline __attribute__((always_inline)) void raise_twice(void) { raise_level(2); }

static void *work(void *arg) {
  (void)arg;
  raise_twice();
  hidden_add(&turn);
  return NULL;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, work, NULL);
  hidden_wait(&turn, 1);
  raise_level(1);
  pthread_join(thread, NULL);
  return 0;
}
