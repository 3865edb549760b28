// The first access lies far back: ThreadSanitizer's cells and histories have been overwritten since.
// list: lost
// kind: race
// row: first access 10,000,000 accesses ago | -DACCESSES
// row: first access 2,000,000 lock/unlock pairs ago | -DLOCKS
// row: first access 20,000 thread lifetimes ago | -DTHREADS
// row: hot word: written 10,000,000 times in one epoch, the first write long ago | -DHOT
#include "row.h"

#include <stdlib.h>

long word;
long *other;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;

__attribute__((noinline)) static void first_write(void) { word = 1; }
__attribute__((noinline)) static void second_write(void) { word = 2; }

static void *nothing(void *arg) { return arg; }

static void *early(void *arg) {
  first_write();
#ifdef ACCESSES
  for (long i = 0; i < 10000000; i++)
    ((volatile long *)other)[i & 0xfffff] = i;
#elif defined(LOCKS)
  for (int i = 0; i < 2000000; i++) {
    pthread_mutex_lock(&m);
    pthread_mutex_unlock(&m);
  }
#elif defined(THREADS)
  for (int i = 0; i < 20000; i++) {
    pthread_t t;
    pthread_create(&t, NULL, nothing, NULL);
    pthread_join(t, NULL);
  }
#elif defined(HOT)
  for (int i = 0; i < 10000000; i++)
    *(volatile long *)&word = i;
#endif
  hand_over();
  return arg;
}

static void *late(void *arg) {
  take_over();
  second_write();
  return arg;
}

int main(void) {
  other = calloc(0x100000, sizeof *other);
  run_two(early, late, NULL);
}
