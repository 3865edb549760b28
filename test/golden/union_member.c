// Two members of a union lie in the same bytes.
#include "meet.h"
#include <pthread.h>

static int turn;
union {
  int whole;
  char byte[4];
} word;

static void *work(void *arg) {
  (void)arg;
  word.whole = 1;
  hidden_add(&turn);
  return NULL;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, work, NULL);
  hidden_wait(&turn, 1);
  word.byte[1] = 2;
  pthread_join(thread, NULL);
  return 0;
}
