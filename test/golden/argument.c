// A parameter of a function that lends it to a thread.
#include "meet.h"
#include <pthread.h>

static int turn;
static void show(int volume, pthread_t *thread, void *(*work)(void *)) {
  pthread_create(thread, NULL, work, &volume);
  hidden_wait(&turn, 1);
  volume = 3;
  pthread_join(*thread, NULL);
}

static void *work(void *arg) {
  int *volume = arg;
  *volume = 11;
  hidden_add(&turn);
  return NULL;
}

int main(void) {
  pthread_t thread;
  show(5, &thread, work);
  return 0;
}
