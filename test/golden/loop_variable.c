// A thread is given the address of the variable that the loop goes on changing.
#include "meet.h"
#include <pthread.h>

static int turn;
int seen;

static void *work(void *arg) {
  seen = *(int *)arg;
  hidden_add(&turn);
  return NULL;
}

int main(void) {
  pthread_t thread;
  int i = 0;
  pthread_create(&thread, NULL, work, &i);
  hidden_wait(&turn, 1);
  i++;
  pthread_join(thread, NULL);
  return 0;
}
