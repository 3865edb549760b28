// Two threads load the same library: the lock of the loader orders its constructors before the return of both calls.
// list: invented
// kind: clean-only
// library: loaded
// known: dlopen is not intercepted, so that its second caller is not ordered after the constructors that the first one ran
// row: several threads dlopen the same library
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
