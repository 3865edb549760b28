// A static variable of a function that two threads call.
#include "meet.h"
#include <pthread.h>

static int turn;
static int next_number(void) {
  static int last;
  return ++last;
}
int number[2];

static void *work(void *arg) {
  (void)arg;
  number[0] = next_number();
  hidden_add(&turn);
  return NULL;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, work, NULL);
  hidden_wait(&turn, 1);
  number[1] = next_number();
  pthread_join(thread, NULL);
  return 0;
}
