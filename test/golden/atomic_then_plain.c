// An atomic counter that is also read without atomics.
#include "meet.h"
#include <pthread.h>

static int turn;
int hits;
int shown;

static void *work(void *arg) {
  (void)arg;
  __atomic_fetch_add(&hits, 1, __ATOMIC_SEQ_CST);
  hidden_add(&turn);
  return NULL;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, work, NULL);
  hidden_wait(&turn, 1);
  shown = hits;
  pthread_join(thread, NULL);
  return 0;
}
