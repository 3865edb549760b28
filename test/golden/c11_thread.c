// Threads of C11.
#include "meet.h"
#include <threads.h>

static int turn;
int total;

static int work(void *arg) {
  (void)arg;
  total = 1;
  hidden_add(&turn);
  return 0;
}

int main(void) {
  thrd_t thread;
  thrd_create(&thread, work, NULL);
  hidden_wait(&turn, 1);
  total = 2;
  return thrd_join(thread, NULL);
}
