// A block that is freed while another thread still writes it.
#include "meet.h"
#include <pthread.h>
#include <stdlib.h>

static int turn;

static void *work(void *arg) {
  int *p = arg;
  *p = 1;
  hidden_add(&turn);
  return NULL;
}

int main(void) {
  pthread_t thread;
  int *p = malloc(sizeof *p);
  pthread_create(&thread, NULL, work, p);
  hidden_wait(&turn, 1);
  free(p);
  pthread_join(thread, NULL);
  return 0;
}
