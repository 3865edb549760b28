// A library function writes a buffer that another thread reads.
#include "meet.h"
#include <pthread.h>
#include <stdio.h>

static int turn;
char line[64];
char first;

static void *work(void *arg) {
  (void)arg;
  snprintf(line, sizeof line, "%d", 42);
  hidden_add(&turn);
  return NULL;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, work, NULL);
  hidden_wait(&turn, 1);
  first = line[0];
  pthread_join(thread, NULL);
  return 0;
}
