// A flag that another thread polls; volatile orders nothing.
#include "meet.h"
#include <pthread.h>

static int turn;
static volatile int ready;
static int seen;

static void *work(void *arg) {
  (void)arg;
  hidden_wait(&turn, 1);
  while (!ready)
    ;
  seen = 1;
  return NULL;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, work, NULL);
  ready = 1;
  hidden_add(&turn);
  pthread_join(thread, NULL);
  return 0;
}
