// Two threads load the same library: the lock of the loader orders its constructors before the return of both calls.
// Racy: the second thread is given the function without loading anything.
// list: invented
// kind: race
// library: loaded
// row: several threads dlopen the same library |  |  | make get
#ifdef LIBRARY
static long made[10];
__attribute__((constructor)) static void make(void) {
  for (int i = 0; i < 10; i++)
    made[i] = i;
}
long get(int i) { return made[i]; }
#else
#include "row.h"

#include <dlfcn.h>
#include <stdlib.h>

static void *loads(void *arg) {
  long (*get)(int) = (long (*)(int))dlsym(dlopen(LIBRARY_PATH, RTLD_NOW), "get");
  if (get(5) != 5)
    abort();
  __asm__ volatile("movq %1, %0" : "=m"(*(long *)arg) : "r"(get));
  step();
  return NULL;
}

static void *follows(void *arg) {
#ifdef RACY
  await_step(1);
  long (*get)(int);
  __asm__ volatile("movq %1, %0" : "=r"(get) : "m"(*(long *)arg));
  get(5);
  return NULL;
#else
  return loads(arg);
#endif
}

int main(void) {
  long get;
  run_two(loads, follows, &get);
}
#endif
