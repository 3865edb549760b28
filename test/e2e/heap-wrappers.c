// Functions that call malloc for their callers, and what their callers allocate by them.
// RUN: %cc -O1 %s -o %t && %racy %t | FileCheck %s
// RUN: %cc -O0 %s -o %t && %racy %t | FileCheck %s
// RUN: %cc -O2 -DINLINE="static inline" %s -o %t && %racy %t | FileCheck %s
#include "Inputs/meet.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#ifndef INLINE
#define INLINE __attribute__((noinline))
#endif

static int turn;
struct point {
  int x, y;
};

INLINE void *xmalloc(size_t n) {
  void *p = malloc(n ? n : 1);
  if (!p)
    abort();
  return p;
}
INLINE void *xcalloc(size_t n, size_t size) {
  void *p = xmalloc(n * size);
  memset(p, 0, n * size);
  return p;
}
INLINE void *with_head(size_t n) { return (long *)xmalloc(sizeof(long) + n) + 1; }
// What it allocates is its own business, whatever it is told about.
INLINE void *insert(void **table, size_t bytes) {
  *table = malloc(sizeof(long[4]));
  return (char *)*table + bytes;
}

static void *work(void *arg) {
  void **v = arg;
  ((struct point *)v[0])->y = 1;
  ((struct point *)v[1])[2].x = 1;
  ((struct point *)v[2])->x = 1;
  ((struct point *)v[3])->x = 1;
  hidden_add(&turn);
  return NULL;
}

int main(void) {
  pthread_t thread;
  struct point *one = xmalloc(sizeof *one);
  struct point *some = (struct point *)xcalloc(3, sizeof(struct point));
  struct point *behind = with_head(sizeof *behind);
  void *table;
  struct point *within = insert(&table, sizeof *within);
  void *v[] = {one, some, behind, within};
  pthread_create(&thread, NULL, work, v);
  hidden_wait(&turn, 1);
  // CHECK: data race on `one->y` {{.*}} of a heap block of 8 bytes (struct point, in ->y)
  one->y++;
  // CHECK: data race on `some[2].x` {{.*}} of a heap block of 24 bytes (struct point[3], in [2].x)
  some[2].x++;
  // CHECK: data race on `behind->x` {{.*}} at offset 8 of a heap block of 16 bytes (long
  behind->x++;
  // CHECK: data race on `within->x` {{.*}} at offset 8 of a heap block of 32 bytes (long[4]
  within->x++;
  pthread_join(thread, NULL);
  free(one);
  free(some);
  free((long *)behind - 1);
  free(table);
  return 0;
}
