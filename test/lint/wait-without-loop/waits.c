#include <pthread.h>
#include <redflag/go.h>

static pthread_mutex_t m;
static pthread_cond_t c;
static int ready;

void once(void) {
  pthread_mutex_lock(&m);
  if (!ready)
    pthread_cond_wait(&c, &m); // Warn
  pthread_mutex_unlock(&m);
}

void never(go_cond *cond, go_mutex *lock) {
  go_lock(lock);
  go_cond_wait(cond, lock); // Warn
  go_unlock(lock);
}

void loops(void) {
  pthread_mutex_lock(&m);
  while (!ready)
    pthread_cond_wait(&c, &m); // OK
  pthread_mutex_unlock(&m);
}

void jumps(void) {
  pthread_mutex_lock(&m);
again:
  if (!ready) {
    pthread_cond_wait(&c, &m); // OK
    goto again;
  }
  pthread_mutex_unlock(&m);
}

int my_cond_wait(pthread_cond_t *cond) { return pthread_cond_wait(cond, &m); } // OK: its callers loop

void pause_until(const struct timespec *t) { pthread_cond_timedwait(&c, &m, t); } // OK: a sleep
