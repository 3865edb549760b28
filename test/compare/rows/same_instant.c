// Two threads leave a hidden barrier and touch the same fresh word at the same instant, 2,000 times: all 2,000 are found.
// ThreadSanitizer looks at the shadow and writes to it in two steps, and may miss a pair in between.
// list: lost
// kind: race
// row: same instant: write/write of 4 bytes | -DFIRST='w[i].i=1' -DSECOND='w[i].i=2'
// row: same instant: write/read of 4 bytes | -DFIRST='w[i].i=1' -DSECOND='sink=w[i].i'
// row: same instant: write/write of 1 byte | -DFIRST='w[i].c[1]=1' -DSECOND='w[i].c[1]=2'
// row: same instant: write of 2 bytes, read of 8 | -DFIRST='w[i].s[1]=1' -DSECOND='sink=(int)w[i].l'
// row: same instant: write of 8 bytes, write of 1 | -DFIRST='w[i].l=1' -DSECOND='w[i].c[3]=2'
// row: same instant: atomic write, plain write | -DFIRST='__atomic_store_n(&w[i].i,1,__ATOMIC_RELAXED)' -DSECOND='w[i].i=2'
// row: same instant: atomic write, plain read | -DFIRST='__atomic_store_n(&w[i].i,1,__ATOMIC_RELAXED)' -DSECOND='sink=w[i].i'
// row: same instant: atomic read, plain write | -DFIRST='sink=__atomic_load_n(&w[i].i,__ATOMIC_RELAXED)' -DSECOND='w[i].i=2'
#include "row.h"

#include <stdio.h>

enum { WORDS = 2000 };
union word {
  long l;
  int i;
  short s[4];
  char c[8];
} w[WORDS];
static int met[WORDS];
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static __thread volatile int sink;

static void meet(int i) {
  hidden_add(&met[i]);
  // Spins at first, for both to leave together; gives the processor away when the other cannot have it.
  for (int n = 0; hidden_load(&met[i]) < 2; n++)
    if (n > 1000)
      sched_yield();
#ifndef RACY
  pthread_mutex_lock(&m);
#endif
}
static void leave(void) {
#ifndef RACY
  pthread_mutex_unlock(&m);
#endif
}

static void *a(void *arg) {
  for (int i = 0; i < WORDS; i++) {
    meet(i);
    FIRST;
    leave();
  }
  return arg;
}
static void *b(void *arg) {
  for (int i = 0; i < WORDS; i++) {
    meet(i);
    SECOND;
    leave();
  }
  return arg;
}

int main(void) { run_two(a, b, NULL); }
