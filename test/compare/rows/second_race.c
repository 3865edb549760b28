// Two races in one granule of eight bytes, between the same threads: both are reported, not only the first.
// list: lost
// kind: race
// row: second race in a granule that already has one, other bytes | -DSECOND_AT=4 |  | first_a first_b second_a second_b
// row: second race, by a third thread later | -DSECOND_AT=2 -DTHIRD |  | first_a first_b second_b
#include "row.h"

union {
  long whole;
  char c[8];
} g;

#define NOINLINE __attribute__((noinline))
NOINLINE static void first_a(void) { g.c[0] = 1; }
NOINLINE static void second_a(void) { g.c[SECOND_AT] = 1; }
NOINLINE static void first_b(void) { g.c[0] = 2; }
NOINLINE static void second_b(void) { g.c[SECOND_AT] = 2; }

static void *a(void *arg) {
  first_a();
  second_a();
  hand_over();
  return arg;
}

static void *b(void *arg) {
  take_over();
  first_b();
#ifndef THIRD
  second_b();
#else
  hand_over();
#endif
  return arg;
}

static void *c(void *arg) {
#ifdef RACY
  await_step(2);
#endif
  second_b();
  return arg;
}

int main(void) {
#ifdef THIRD
  pthread_t t;
#ifdef RACY
  pthread_create(&t, NULL, c, NULL);
  run_two(a, b, NULL);
#else
  run_two(a, b, NULL);
  pthread_create(&t, NULL, c, NULL);
#endif
  pthread_join(t, NULL);
#else
  run_two(a, b, NULL);
#endif
}
