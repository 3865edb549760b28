#include <pthread.h>
#include <redflag/go.h>

struct job {
  int n;
};
static void *run(void *p) { return p; }
static void work(struct job *j) { j->n++; }
static void work_on(void *j) { work(j); }

int gone(pthread_t *t) {
  struct job j = {1};
  return pthread_create(t, NULL, run, &j); // Warn
}

void gone_too(void) {
  struct job j = {1};
  go work(&j); // Warn
}

int waits(void) {
  struct job j = {1};
  pthread_t t;
  int error = pthread_create(&t, NULL, run, &j); // OK: joined
  pthread_join(t, NULL);
  return error;
}

int lives(pthread_t *t) {
  static struct job j = {1};
  return pthread_create(t, NULL, run, &j); // OK: static
}

void copied(void) {
  struct job j = {1};
  go_copy(work_on, &j, sizeof j); // OK: a copy
}

void captured(void) {
  int n = 1;
  go {
    n++; // OK: it lives as long as the block
  };
}

void until(struct job *);
void passed_on(void) {
  struct job j = {1};
  go work(&j); // OK: until may wait
  until(&j);
}

int main(void) {
  struct job j = {1};
  go work(&j); // OK: the frame of main
}
