// The end of threads: keys' destructors, cancellation in a wait, detached threads whose stacks pass on.
// RUN: %cc -O1 %s -o %t && %clean -n 5 %t
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_key_t key;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static int ends, waiting;

static void destroy(void *p) {
  pthread_mutex_lock(&m);
  ends += *(int *)p;
  pthread_mutex_unlock(&m);
  free(p);
}
static void *with_key(void *arg) {
  int *p = malloc(sizeof *p);
  *p = 1;
  pthread_setspecific(key, p);
  return arg;
}
static void unlock(void *p) {
  ends++;
  pthread_mutex_unlock(p);
}
static void *waits(void *arg) {
  pthread_mutex_lock(&m);
  pthread_cleanup_push(unlock, &m);
  waiting = 1;
  for (;;)
    pthread_cond_wait(&c, &m);
  pthread_cleanup_pop(1);
  return arg;
}
static void *deep(void *arg) {
  volatile char buffer[4000];
  for (int i = 0; i < 4000; i++)
    buffer[i] = (char)i;
  pthread_mutex_lock(&m);
  ends++;
  pthread_mutex_unlock(&m);
  return arg;
}
int main(void) {
  pthread_t t;
  pthread_attr_t detached;
  pthread_key_create(&key, destroy);
  for (int i = 0; i < 20; i++) {
    pthread_create(&t, NULL, with_key, NULL);
    pthread_join(t, NULL);
  }
  pthread_create(&t, NULL, waits, NULL);
  for (int seen = 0; !seen;) {
    pthread_mutex_lock(&m);
    seen = waiting;
    pthread_mutex_unlock(&m);
  }
  pthread_cancel(t);
  pthread_join(t, NULL);
  ends++; // ordered by the join
  pthread_attr_init(&detached);
  pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
  for (int i = 0; i < 50; i++) {
    pthread_create(&t, &detached, deep, NULL);
    for (int seen = 0; !seen;) {
      pthread_mutex_lock(&m);
      seen = ends >= 23 + i;
      pthread_mutex_unlock(&m);
    }
  }
  return ends != 72;
}
