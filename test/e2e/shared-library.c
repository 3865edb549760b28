// Checked shared libraries, linked and loaded late; an unchecked one that keeps locked state reports nothing.
// RUN: %cc -O1 -fPIC -shared -DLIBRARY %s -o %t.so && %cc -O1 -DLINKED %s %t.so -Wl,-rpath,/ -o %t && %racy %t | FileCheck %s
// RUN: %cc -O1 -DLIB='"%t.so"' %s -ldl -o %t && %racy %t | FileCheck %s
// RUN: clang-19 -O1 -fPIC -shared -DLIBRARY -DLOCKED %s -o %t.plain.so && %cc -O1 -DLIB='"%t.plain.so"' %s -ldl -o %t && %clean %t
// RUN: env REDFLAG_OPTIONS=verbosity=1 %t 2>&1 | FileCheck %s --check-prefix=PLAIN
// CHECK: data race on variable `in_library` (int, 4 bytes, global
// CHECK: #0 bump {{.*}}shared-library.c
// CHECK-NEXT: #1 run
// PLAIN: not checked (built without redflag-cc): {{.*}}.plain.so
#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>

#ifdef LIBRARY
int in_library;
#ifdef LOCKED
static int lock;
#endif
void bump(void) {
#ifdef LOCKED
  while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE))
    ;
#endif
  in_library++;
#ifdef LOCKED
  __atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
#endif
}
#else
#ifdef LINKED
void bump(void);
#define GET bump
#else
#define GET (void (*)(void))dlsym(dlopen(LIB, RTLD_NOW), "bump")
#endif
static void (*call)(void);
static void *run(void *arg) {
  call();
  return arg;
}
int main(void) {
  pthread_t a, b;
  call = GET;
  if (!call)
    return 5;
  pthread_create(&a, NULL, run, NULL);
  pthread_create(&b, NULL, run, NULL);
  pthread_join(a, NULL);
  pthread_join(b, NULL);
}
#endif
