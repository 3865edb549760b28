// 64 threads read a word under a lock, one without; the next writer holds the lock. ThreadSanitizer keeps four accesses
// of each eight bytes, and the one bad read is among those that it drops.
// list: lost
// kind: race
// row: one bad read among 64 good ones, then a locked writer |  |  | bad_read
#include "row.h"

enum { READERS = 64 };
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
long word;
static volatile long sink;

__attribute__((noinline)) static void bad_read(void) { sink = word; }

static void *reader(void *arg) {
  const int me = (int)(long)arg;
  await_step(me);
#ifdef RACY
  if (me == 20)
    bad_read();
  else
#endif
  {
    pthread_mutex_lock(&m);
    sink = word;
    pthread_mutex_unlock(&m);
  }
  step();
  await_step(READERS + 1);
  return NULL;
}

int main(void) {
  pthread_t t[READERS];
  for (long i = 0; i < READERS; i++)
    pthread_create(&t[i], NULL, reader, (void *)i);
  await_step(READERS);
  pthread_mutex_lock(&m);
  word = 1;
  pthread_mutex_unlock(&m);
  step();
  for (int i = 0; i < READERS; i++)
    pthread_join(t[i], NULL);
}
