// A local variable of main, written by main and by the thread that was given its address.
#include "meet.h"
#include <pthread.h>

static int turn;

static void *work(void *arg) {
  int *answer = arg;
  *answer = 42;
  hidden_add(&turn);
  return NULL;
}

int main(void) {
  pthread_t thread;
  int answer = 0;
  pthread_create(&thread, NULL, work, &answer);
  hidden_wait(&turn, 1);
  answer = 7;
  pthread_join(thread, NULL);
  return 0;
}
