// A counter that one side resets plainly and the other increments atomically.
#include "meet.h"
#include <pthread.h>

static int turn;
int hits;

static void *work(void *arg) {
  (void)arg;
  hits = 0;
  hidden_add(&turn);
  return NULL;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, work, NULL);
  hidden_wait(&turn, 1);
  __atomic_fetch_add(&hits, 1, __ATOMIC_SEQ_CST);
  pthread_join(thread, NULL);
  return 0;
}
