// Loops whose checks lie in front of them, and ranges that a thread knows already: every race is found, at its line,
// and what lies beside a range or was given back meanwhile is not taken for known.
// RUN: %cc -O2 %s -o %t
// RUN: %racy %t first | FileCheck %s --check-prefix=FIRST
// RUN: %racy %t last | FileCheck %s --check-prefix=LAST
// RUN: %racy %t backwards | FileCheck %s --check-prefix=BACKWARDS
// RUN: %racy %t again | FileCheck %s --check-prefix=AGAIN
// RUN: %racy %t passed-on | FileCheck %s --check-prefix=PASSED
// RUN: %clean %t beside
// RUN: %clean %t fields
// RUN: %clean %t halves
// RUN: %clean %t empty
// RUN: %clean %t sequence
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { N = 1000 };
static int a[N + 2];
static struct {
  int mine, other;
} pairs[N];
static atomic_int step;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

// Order in time that is none for the detector.
static void await(int n) {
  while (atomic_load_explicit(&step, memory_order_relaxed) < n)
    ;
}
static void next(void) { atomic_fetch_add_explicit(&step, 1, memory_order_relaxed); }

__attribute__((noinline)) static void fill(int *p, int n, int v) {
  for (int i = 0; i < n; i++)
    p[i] = v; // line of the loop
}
__attribute__((noinline)) static void fill_down(int *p, int n) {
  for (int i = n - 1; i >= 0; i--)
    p[i] = i; // line of the loop down
}
__attribute__((noinline)) static void fields(int n, int v) {
  for (int i = 0; i < n; i++)
    pairs[i].mine = v;
}

static const char *mode;
static int is(const char *name) { return !strcmp(mode, name); }
static _Atomic(int *) given;

static void *other(void *arg) {
  if (is("first") || is("again")) {
    await(1);
    a[1] = 7; // first
    next();
  } else if (is("last")) {
    await(1);
    a[N] = 7; // last
  } else if (is("backwards")) {
    await(1);
    a[1] = 7; // down
  } else if (is("beside")) {
    await(1);
    a[0] = a[N + 1] = 7;
  } else if (is("fields")) {
    await(1);
    for (int i = 0; i < N; i++)
      pairs[i].other = 7;
  } else if (is("halves")) {
    await(1);
    fill(a + N / 2, N / 2, 3);
  } else if (is("empty")) {
    await(1);
    fill(a + 1, N, 3);
  } else if (is("sequence")) {
    for (int i = 0; i < 100; i++) {
      pthread_mutex_lock(&lock);
      fill(a, N, i);
      pthread_mutex_unlock(&lock);
    }
  } else {
    await(1);
    atomic_load_explicit(&given, memory_order_relaxed)[5] = 1;
  }
  return arg;
}

// FIRST: [1]` (int, 4 bytes at offset 4 of {{.*}}, global
// FIRST: Write by thread 2 `other` at {{.*}}ranges.c:54:
// FIRST: Earlier write by main at {{.*}}ranges.c:36:{{[0-9]+}} in fill
// LAST: [1000]` (int, 4 bytes at offset 4000 of {{.*}}, global
// LAST: Write by thread 2 `other` at {{.*}}ranges.c:58:
// LAST: Earlier write by main at {{.*}}ranges.c:36:{{[0-9]+}} in fill
// BACKWARDS: [1]` (int, 4 bytes at offset 4 of {{.*}}, global
// BACKWARDS: Earlier write by main at {{.*}}ranges.c:40:{{[0-9]+}} in fill_down
// AGAIN: [1]` (int, 4 bytes at offset 4 of {{.*}}, global
// AGAIN: Write by main at {{.*}}ranges.c:36:{{[0-9]+}} in fill
// AGAIN: Earlier write by thread 2 `other` at {{.*}}ranges.c:54:
// PASSED: at offset 20
// PASSED: Write by thread 2 `other` at {{.*}}ranges.c:83:
// PASSED: Earlier write by main at {{.*}}ranges.c:36:{{[0-9]+}} in fill
int main(int argc, char **argv) {
  mode = argc > 1 ? argv[1] : "";
  pthread_t t;
  pthread_create(&t, NULL, other, NULL);
  if (is("first") || is("last") || is("beside")) {
    fill(a + 1, N, 1);
    next();
  } else if (is("backwards")) {
    fill_down(a + 1, N);
    next();
  } else if (is("again")) {
    next();
    await(2);
    fill(a + 1, N, 1); // the range is new to this thread
  } else if (is("fields")) {
    fields(N, 1);
    next();
  } else if (is("halves")) {
    fill(a, N / 2, 1);
    fill(a, N / 2, 2);
    next();
  } else if (is("empty")) {
    fill(a + 1, argc - 2, 1);
    next();
  } else if (is("sequence")) {
    for (int i = 0; i < 100; i++) {
      pthread_mutex_lock(&lock);
      fill(a, N, i);
      pthread_mutex_unlock(&lock);
    }
  } else {
    int *block = malloc(N * sizeof *block);
    fill(block, N, 1);
    free(block); // what was known of it is no longer
    int *p = malloc(N * sizeof *p);
    fill(p, N, 2);
    atomic_store_explicit(&given, p, memory_order_relaxed);
    next();
  }
  pthread_join(t, NULL);
  return 0;
}
