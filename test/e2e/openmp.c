// OpenMP by LLVM's runtime: each construct orders what it should, and nothing else.
// REQUIRES: archer
// RUN: %cc -fopenmp -O1 %s -o %t && %clean -n 20 %t && %racy %t race | FileCheck %s
// RUN: %racy %t tasks && %racy %t nowait && %racy %t locks
// RUN: clang-19 -g -O1 -fopenmp -fsanitize=thread -c %s -o %t.o && %cc -fopenmp %t.o -o %t && %clean -n 20 %t && %racy %t race
// CHECK: data race on variable `racy` (int, 4 bytes
// CHECK: #0 race{{.*}} {{.*}}openmp.c:[[#]]
// CHECK: Earlier {{.*}} at {{.*}}openmp.c:[[#]]
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#define N 1000
int racy; // not static: stores that nobody reads would go
static int array[N], mine;
#pragma omp threadprivate(mine)

static void need(int condition) {
  if (!condition)
    abort();
}

static void race(void) {
#pragma omp parallel for num_threads(4)
  for (int i = 0; i < N; i++)
    racy++;
}

static void racy_tasks(void) { // two tasks, no dependence
#pragma omp parallel num_threads(4)
#pragma omp single
  for (int i = 0; i < 64; i++) {
#pragma omp task
    racy++;
  }
}

static void racy_nowait(void) {
#pragma omp parallel num_threads(4)
  {
#pragma omp for schedule(static) nowait
    for (int i = 0; i < N; i++)
      array[i] = i;
#pragma omp for schedule(static)
    for (int i = 0; i < N; i++)
      array[N - 1 - i]++;
  }
}

static void racy_locks(void) { // not the same lock
  omp_lock_t a, b;
  omp_init_lock(&a);
  omp_init_lock(&b);
#pragma omp parallel num_threads(4)
  for (int i = 0; i < 100; i++) {
    omp_lock_t *l = omp_get_thread_num() & 1 ? &a : &b;
    omp_set_lock(l);
    racy++;
    omp_unset_lock(l);
  }
}

static long fibonacci(int n) {
  long a, b;
  if (n < 2)
    return n;
#pragma omp task shared(a)
  a = fibonacci(n - 1);
#pragma omp task shared(b)
  b = fibonacci(n - 2);
#pragma omp taskwait
  return a + b;
}

static void clean(void) {
  long sum = 0, total = 0;
  int one = 0, critical = 0, atomic = 0, locked = 0, nested = 0, s1 = 0, s2 = 0, link = 0, seen = 0;
  omp_lock_t lock;
  omp_nest_lock_t nest;
  omp_init_lock(&lock);
  omp_init_nest_lock(&nest);
#pragma omp parallel for
  for (int i = 0; i < N; i++)
    array[i] = i;
#pragma omp parallel for reduction(+ : sum) schedule(dynamic, 7) num_threads(4)
  for (int i = 0; i < N; i++)
    sum += array[i];
  need(sum == N * (N - 1) / 2);
#pragma omp parallel num_threads(4)
  {
    mine = omp_get_thread_num();
#pragma omp single
    one = 1;
    need(one);
#pragma omp critical
    critical++;
#pragma omp atomic
    atomic++;
    omp_set_lock(&lock);
    locked++;
    omp_unset_lock(&lock);
    omp_set_nest_lock(&nest);
    omp_set_nest_lock(&nest);
    nested++;
    omp_unset_nest_lock(&nest);
    omp_unset_nest_lock(&nest);
#pragma omp barrier
    need(critical == 4 && atomic == 4 && locked == 4 && nested == 4);
#pragma omp sections
    {
#pragma omp section
      s1 = 1;
#pragma omp section
      s2 = 2;
    }
    need(s1 + s2 == 3);
#pragma omp single
    {
#pragma omp task depend(out : link)
      link = 1;
#pragma omp task depend(inout : link)
      link++;
#pragma omp task depend(in : link)
      seen = link;
#pragma omp taskwait
      need(seen == 2);
      total = fibonacci(8);
    }
#pragma omp for ordered
    for (int i = 0; i < 20; i++) {
#pragma omp ordered
      total += i;
    }
#pragma omp master
    total++;
    need(mine == omp_get_thread_num());
  }
  need(total == 21 + 190 + 1);
  omp_destroy_lock(&lock);
  omp_destroy_nest_lock(&nest);
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "clean";
  if (!strcmp(what, "race"))
    race();
  else if (!strcmp(what, "tasks"))
    racy_tasks();
  else if (!strcmp(what, "nowait"))
    racy_nowait();
  else if (!strcmp(what, "locks"))
    racy_locks();
  else
    clean();
  return 0;
}
