// A source line of more than 80 columns.
#include "meet.h"
#include <pthread.h>

static int turn;
int a_counter_with_a_long_name, another_counter_with_a_long_name, a_third_counter_with_a_long_name;

static void *work(void *arg) {
  (void)arg;
  another_counter_with_a_long_name = 1, a_third_counter_with_a_long_name = 2, a_counter_with_a_long_name = 3;
  hidden_add(&turn);
  return NULL;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, work, NULL);
  hidden_wait(&turn, 1);
  a_counter_with_a_long_name = 1;
  pthread_join(thread, NULL);
  return 0;
}
