#include <pthread.h>

static void *run(void *p) { return p; }

int create(pthread_t *t) {
  pthread_create(t, 0, run, 0);              // Warn
  (void)pthread_create(t + 1, 0, run, 0);    // OK: it says so
  if (pthread_create(t + 2, 0, run, 0))      // OK
    return -1;
  return pthread_create(t + 3, 0, run, 0);   // OK
}
