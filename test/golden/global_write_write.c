// A global counter that two threads increment.
#include "meet.h"
#include <pthread.h>

static int turn;
int total;

static void *work(void *arg) {
  (void)arg;
  total++;
  hidden_add(&turn);
  return NULL;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, work, NULL);
  hidden_wait(&turn, 1);
  total++;
  pthread_join(thread, NULL);
  return 0;
}
