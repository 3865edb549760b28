// Each thread holds a lock of its own.
#include "meet.h"
#include <pthread.h>

static int turn;
static pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER, right = PTHREAD_MUTEX_INITIALIZER;
int balance;

static void *work(void *arg) {
  (void)arg;
  pthread_mutex_lock(&left);
  balance += 10;
  pthread_mutex_unlock(&left);
  hidden_add(&turn);
  return NULL;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, work, NULL);
  hidden_wait(&turn, 1);
  pthread_mutex_lock(&right);
  balance -= 5;
  pthread_mutex_unlock(&right);
  pthread_join(thread, NULL);
  return 0;
}
