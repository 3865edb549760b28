// Memory is named as the programmer names it.
// RUN: %cc -O1 -DGLOBAL %s -o %t && %racy %t | FileCheck %s --check-prefix=GLOBAL
// RUN: %cc -O1 -DSTATIC %s -o %t && %racy %t | FileCheck %s --check-prefix=STATIC
// RUN: %cc -O1 -DLOCAL %s -o %t && %racy %t | FileCheck %s --check-prefix=LOCAL
// RUN: %cc -O1 -DHEAP %s -o %t && %racy %t | FileCheck %s --check-prefix=HEAP
// RUN: %cc -O1 -DFREED %s -o %t && %racy %t | FileCheck %s --check-prefix=FREED
// RUN: %cc -O1 -DREALLOC %s -o %t && %racy %t | FileCheck %s --check-prefix=REALLOC
// RUN: %cc -O1 -DBIG %s -o %t && %racy %t | FileCheck %s --check-prefix=BIG
// GLOBAL: data race on variable `global` (long, 8 bytes, global, {{.*}}memory-names.c:[[#]])
// STATIC: data race on variable `counter` (int, 4 bytes, static in where, {{.*}}memory-names.c:[[#]])
// LOCAL: data race on `local[2]` (int, 4 bytes at offset 8 of int[4], local of main, {{.*}}memory-names.c:[[#]])
// HEAP: data race on `*p` (value, 4 bytes) at offset 40 of a heap block of 100 bytes
// HEAP: Block allocated by main
// HEAP-NEXT: #0 malloc
// HEAP-NEXT: #1 make {{.*}}memory-names.c:[[#]]
// HEAP-NEXT: #2 main
// FREED: Release of the memory by main at {{.*}}memory-names.c:[[#]]:[[#]] in free
// FREED: Earlier write by thread 2 `worker` at {{.*}} in worker
// FREED: How to mend: release the memory only after
// REALLOC: Release of the memory by main at {{.*}} in realloc
// BIG: Release of the memory by main at {{.*}}memory-names.c:[[#]]:[[#]] in free
// BIG: Earlier write by thread 2
#include "Inputs/meet.h"
#include <pthread.h>
#include <stdlib.h>

static int turn;
long global;

#ifdef STATIC
static int *where(void) {
  static int counter;
  return &counter;
}
#endif

#if defined(GLOBAL)
typedef long value;
#else
typedef int value;
#endif

static void *worker(void *p) {
  *(value *)p = 1;
  hidden_add(&turn);
  return NULL;
}

static void *make(size_t n) { return malloc(n); }

int main(void) {
  pthread_t t;
  int local[4] = {0};
  value *p = NULL;
#if defined(GLOBAL)
  p = &global;
#elif defined(STATIC)
  p = where();
#elif defined(LOCAL)
  p = &local[2];
#elif defined(BIG)
  char *block = make(1 << 20);
  p = (int *)(block + 5000);
#else
  char *block = make(100);
  p = (int *)(block + 40);
#endif
  pthread_create(&t, NULL, worker, p);
  hidden_wait(&turn, 1);
#if defined(FREED) || defined(BIG)
  free(block);
#elif defined(REALLOC)
  global = (long)realloc(block, 200);
#else
  *p = 2;
#endif
  pthread_join(t, NULL);
  return local[3];
}
