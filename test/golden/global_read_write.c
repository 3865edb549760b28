// A global that is changed while another thread reads it.
#include "meet.h"
#include <pthread.h>

static int turn;
int limit = 10;
int seen;

static void *work(void *arg) {
  (void)arg;
  seen = limit;
  hidden_add(&turn);
  return NULL;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, work, NULL);
  hidden_wait(&turn, 1);
  limit = 20;
  pthread_join(thread, NULL);
  return 0;
}
