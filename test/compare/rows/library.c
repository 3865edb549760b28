// A library without instrumentation that keeps locked state of its own: what it writes to its caller's memory under its
// lock, or for its caller alone, is no race.
// list: invented
// kind: clean-only
// library: plain
// row: uninstrumented library with locked state | -DWHICH=counter_next
// row: uninstrumented library fills the caller's buffer | -DWHICH=counter_fill
// row: uninstrumented library calls back under its lock | -DWHICH=counter_call
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

long counter_next(void);
long counter_fill(char *buffer, size_t n);
long counter_call(void (*f)(void));

#ifdef LIBRARY
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static long count, *cells;

long counter_next(void) {
  pthread_mutex_lock(&m);
  if (!cells)
    cells = calloc(10, sizeof *cells);
  const long n = cells[count % 10] = ++count;
  pthread_mutex_unlock(&m);
  return n;
}
long counter_fill(char *buffer, size_t n) {
  for (size_t i = 0; i < n; i++)
    buffer[i] = (char)i;
  return buffer[0];
}
long counter_call(void (*f)(void)) {
  pthread_mutex_lock(&m);
  f();
  pthread_mutex_unlock(&m);
  return count;
}
#else
#include "row.h"

static long data;
static void back(void) { data++; }

static void *user(void *arg) {
  long sum = 0;
  char own[100];
  for (int i = 0; i < 200; i++) {

    if ((void *)WHICH == (void *)counter_next)
      sum += counter_next();
    else if ((void *)WHICH == (void *)counter_fill)
      sum += counter_fill(own, sizeof own) + own[50];
    else
      sum += counter_call(back);
  }
  return sum == -1 ? arg : NULL;
}

int main(void) {
  run_two(user, user, NULL);
  return 0;
}
#endif
