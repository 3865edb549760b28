// The semaphore is waited for after the read, not before it.
#include "meet.h"
#include <pthread.h>
#include <semaphore.h>

static int turn, seen;
static sem_t done;
int result;

static void *work(void *arg) {
  result = 42;
  sem_post(&done);
  hidden_add(&turn);
  return arg;
}

int main(void) {
  pthread_t thread;
  sem_init(&done, 0, 0);
  pthread_create(&thread, NULL, work, NULL);
  hidden_wait(&turn, 1);
  seen = result;
  sem_wait(&done);
  pthread_join(thread, NULL);
  return seen != 42;
}
