// What a macro writes is shown where it is used.
#include "meet.h"
#include <pthread.h>

static int turn;
#define BUMP(counter) ((counter)++)
int events;

static void *work(void *arg) {
  (void)arg;
  BUMP(events);
  hidden_add(&turn);
  return NULL;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, work, NULL);
  hidden_wait(&turn, 1);
  BUMP(events);
  pthread_join(thread, NULL);
  return 0;
}
