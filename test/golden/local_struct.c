// A member of a local structure.
#include "meet.h"
#include <pthread.h>

static int turn;
struct range {
  long first, last;
};

static void *work(void *arg) {
  struct range *r = arg;
  r->last = 10;
  hidden_add(&turn);
  return NULL;
}

int main(void) {
  pthread_t thread;
  struct range all = {0, 0};
  pthread_create(&thread, NULL, work, &all);
  hidden_wait(&turn, 1);
  all.last = 20;
  pthread_join(thread, NULL);
  return 0;
}
