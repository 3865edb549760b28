// A block that is read after another thread has freed it.
#include "meet.h"
#include <pthread.h>
#include <stdlib.h>

static int turn;
int seen;

static void *work(void *arg) {
  free(arg);
  hidden_add(&turn);
  return NULL;
}

int main(void) {
  pthread_t thread;
  int *p = calloc(1, sizeof *p);
  pthread_create(&thread, NULL, work, p);
  hidden_wait(&turn, 1);
  seen = *p;
  pthread_join(thread, NULL);
  return 0;
}
