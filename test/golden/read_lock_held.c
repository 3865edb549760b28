// Both threads write under a lock that they hold for reading.
#include "meet.h"
#include <pthread.h>

static int turn;
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
int cached;

static void *work(void *arg) {
  (void)arg;
  pthread_rwlock_rdlock(&lock);
  cached = 1;
  hidden_meet(&turn, 2);
  pthread_rwlock_unlock(&lock);
  return NULL;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, work, NULL);
  hidden_wait(&turn, 1);
  pthread_rwlock_rdlock(&lock);
  cached = 2;
  hidden_add(&turn);
  pthread_rwlock_unlock(&lock);
  pthread_join(thread, NULL);
  return 0;
}
