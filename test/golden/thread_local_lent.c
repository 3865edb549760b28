// A thread-local variable that its thread lends to another by its address.
#include "meet.h"
#include <pthread.h>

static int turn;
static _Thread_local int mine;

static void *work(void *arg) {
  *(int *)arg = 1;
  hidden_add(&turn);
  return NULL;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, work, &mine);
  hidden_wait(&turn, 1);
  mine = 2;
  pthread_join(thread, NULL);
  return 0;
}
