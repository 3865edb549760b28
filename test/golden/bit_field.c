// Two bit-fields that share a byte: writing one rewrites the other.
#include "meet.h"
#include <pthread.h>

static int turn;
struct {
  unsigned ready : 1;
  unsigned done : 1;
} state;

static void *work(void *arg) {
  (void)arg;
  state.ready = 1;
  hidden_add(&turn);
  return NULL;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, work, NULL);
  hidden_wait(&turn, 1);
  state.done = 1;
  pthread_join(thread, NULL);
  return 0;
}
