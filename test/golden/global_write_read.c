// A result that is read before the thread that computes it has been joined.
#include "meet.h"
#include <pthread.h>

static int turn;
int result;
int shown;

static void *work(void *arg) {
  (void)arg;
  result = 42;
  hidden_add(&turn);
  return NULL;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, work, NULL);
  hidden_wait(&turn, 1);
  shown = result;
  pthread_join(thread, NULL);
  return 0;
}
