// 1,000 threads alive at once, or 20,000 in turn on few slots: the race is between the first and the last.
// list: lost
// kind: race
// row: 1,000 threads alive, race of the first and the last | -DALIVE=1000
// row: 20,000 detached threads in turn between two racing writers, slots reused | -DTURN=20000
#include "row.h"

#include <stdlib.h>

long word;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;

__attribute__((noinline)) static void locked_or_not(long v) {
#ifndef RACY
  pthread_mutex_lock(&m);
#endif
  word = v;
#ifndef RACY
  pthread_mutex_unlock(&m);
#endif
}

#ifdef ALIVE
static void *one(void *arg) {
  await_step((int)(long)arg);
  if (arg == NULL || arg == (void *)(ALIVE - 1L))
    locked_or_not((long)arg);
  step();
  await_step(ALIVE);
  return NULL;
}

int main(void) {
  static pthread_t t[ALIVE];
  pthread_attr_t attr;
  pthread_attr_init(&attr);
  pthread_attr_setstacksize(&attr, 1 << 17);
  for (long i = 0; i < ALIVE; i++)
    if (pthread_create(&t[i], &attr, one, (void *)i))
      abort();
  for (int i = 0; i < ALIVE; i++)
    pthread_join(t[i], NULL);
}
#else
static void *last(void *arg) {
  locked_or_not(2);
  step();
  return arg;
}
static void *first(void *arg) {
  locked_or_not(1);
  step();
  return arg;
}
static void *between(void *arg) {
  step();
  return arg;
}

int main(void) {
  pthread_t t;
  pthread_create(&t, NULL, first, NULL);
  pthread_detach(t);
  await_step(1);
  for (int i = 0; i < TURN; i++) {
    pthread_create(&t, NULL, between, NULL);
    pthread_detach(t);
    await_step(i + 2);
  }
  pthread_create(&t, NULL, last, NULL);
  pthread_join(t, NULL);
}
#endif
