// Two threads write one element of an array of two dimensions.
#include "meet.h"
#include <pthread.h>

static int turn;
int grid[4][8];

static void *work(void *arg) {
  (void)arg;
  grid[2][5] = 1;
  hidden_add(&turn);
  return NULL;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, work, NULL);
  hidden_wait(&turn, 1);
  grid[2][5] = 2;
  pthread_join(thread, NULL);
  return 0;
}
