// One thread locks, the other does not.
#include "meet.h"
#include <pthread.h>

static int turn;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
int balance;

static void *work(void *arg) {
  (void)arg;
  pthread_mutex_lock(&mutex);
  balance += 10;
  pthread_mutex_unlock(&mutex);
  hidden_add(&turn);
  return NULL;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, work, NULL);
  hidden_wait(&turn, 1);
  balance -= 5;
  pthread_join(thread, NULL);
  return 0;
}
