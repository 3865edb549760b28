// Threads create and join others at the same time: as soon as one is joined, its id may be that of another's next thread.
// Each join orders what its own thread did, and no thread counts as never joined.
// RUN: %cc -O1 %s -o %t && %clean %t && %clean %t && %clean %t && %clean %t && %clean %t
#include <pthread.h>

enum { CREATORS = 2, EACH = 4000 };

static void *write_one(void *arg) {
  ++*(int *)arg;
  return NULL;
}

static void *create_and_join(void *arg) {
  int written = 0;
  for (int i = 0; i < EACH; i++) {
    pthread_t t;
    if (pthread_create(&t, NULL, write_one, &written))
      return arg;
    pthread_join(t, NULL);
    written++;
  }
  return written == 2 * EACH ? NULL : arg;
}

int main(void) {
  pthread_t t[CREATORS];
  void *wrong;
  for (int i = 0; i < CREATORS; i++)
    pthread_create(&t[i], NULL, create_and_join, t);
  for (int i = 0; i < CREATORS; i++) {
    pthread_join(t[i], &wrong);
    if (wrong)
      return 1;
  }
  return 0;
}
