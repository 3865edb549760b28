// A member of a structure on the heap.
#include "meet.h"
#include <pthread.h>
#include <stdlib.h>

static int turn;
struct stats {
  char name[16];
  int count;
};

static void *work(void *arg) {
  struct stats *s = arg;
  s->count++;
  hidden_add(&turn);
  return NULL;
}

int main(void) {
  pthread_t thread;
  struct stats *s = calloc(1, sizeof *s);
  pthread_create(&thread, NULL, work, s);
  hidden_wait(&turn, 1);
  s->count++;
  pthread_join(thread, NULL);
  free(s);
  return 0;
}
