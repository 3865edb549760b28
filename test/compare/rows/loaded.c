// A library that is loaded while threads run: its constructor writes what its functions read.
// list: invented
// kind: clean-only
// library: loaded
// row: dlopen runs constructors, other threads use the library | -DONCE
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

static long (*get)(int);

static void *user(void *arg) {
#ifdef ONCE
  long (*f)(int) = __atomic_load_n(&get, __ATOMIC_ACQUIRE);
  while (!f) {
    sched_yield();
    f = __atomic_load_n(&get, __ATOMIC_ACQUIRE);
  }
#else
  long (*f)(int) = (long (*)(int))dlsym(dlopen(LIBRARY_PATH, RTLD_NOW), "get");
#endif
  if (f(5) != 5)
    abort();
  return arg;
}

int main(void) {
  pthread_t a, b;
  pthread_create(&a, NULL, user, NULL);
  pthread_create(&b, NULL, user, NULL);
#ifdef ONCE
  __atomic_store_n(&get, (long (*)(int))dlsym(dlopen(LIBRARY_PATH, RTLD_NOW), "get"), __ATOMIC_RELEASE);
#endif
  pthread_join(a, NULL);
  pthread_join(b, NULL);
}
#endif
