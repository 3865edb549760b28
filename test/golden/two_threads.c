// Two threads, neither of them main; one has a name.
#define _GNU_SOURCE
#include "meet.h"
#include <pthread.h>

static int turn;
int total;

static void *produce(void *arg) {
  (void)arg;
  pthread_setname_np(pthread_self(), "producer");
  total = 1;
  hidden_add(&turn);
  return NULL;
}

static void *consume(void *arg) {
  (void)arg;
  hidden_wait(&turn, 1);
  total = 0;
  return NULL;
}

int main(void) {
  pthread_t producer, consumer;
  pthread_create(&producer, NULL, produce, NULL);
  pthread_create(&consumer, NULL, consume, NULL);
  pthread_join(producer, NULL);
  pthread_join(consumer, NULL);
  return 0;
}
