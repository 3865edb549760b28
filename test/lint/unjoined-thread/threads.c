#include <pthread.h>

static pthread_t kept;
static void *run(void *p) { return p; }
static void *alone(void *p) {
  pthread_detach(pthread_self());
  return p;
}
void keep(pthread_t);

int forgotten(void) {
  pthread_t t;
  return pthread_create(&t, NULL, run, NULL); // Warn
}

int joined(void) {
  pthread_t t;
  if (pthread_create(&t, NULL, run, NULL)) // OK
    return 1;
  return pthread_join(t, NULL);
}

int detaches_itself(void) {
  pthread_t t;
  return pthread_create(&t, NULL, alone, NULL); // OK
}

int detached_by_attribute(const pthread_attr_t *a) {
  pthread_t t;
  return pthread_create(&t, a, run, NULL); // OK: may be detached
}

int passed(void) {
  pthread_t t;
  int error = pthread_create(&t, NULL, run, NULL); // OK
  keep(t);
  return error;
}

int global(void) { return pthread_create(&kept, NULL, run, NULL); } // OK
