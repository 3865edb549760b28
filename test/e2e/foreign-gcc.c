// Objects of gcc -fsanitize=thread, which emits ranges and frames of its own kind.
// REQUIRES: gcc
// RUN: gcc -g -O1 -fsanitize=thread -c %s -o %t.o && %cc %t.o -o %t && %racy %t | FileCheck %s
// RUN: gcc -g -O1 -fsanitize=thread -DSTRUCT -c %s -o %t.o && %cc %t.o -o %t && %racy %t | FileCheck %s --check-prefix=STRUCT
// RUN: gcc -g -O1 -fsanitize=thread -DCLEAN -c %s -o %t.o && %cc %t.o -o %t && %clean -n 5 %t
// RUN: gcc -g -O0 -fsanitize=thread -DCLEAN -c %s -o %t.o && %cc %t.o -o %t && %clean -n 5 %t
// RUN: gcc -g -O2 -fPIC -fsanitize=thread -c %s -DLIBRARY -o %t.lib.o && %cc -shared %t.lib.o -o %t.so && %cc -g %s -DPROGRAM %t.so -o %t && %racy %t | FileCheck %s --check-prefix=LIBRARY
// RUN: env REDFLAG_OPTIONS=verbosity=1 %racy %t | FileCheck %s --check-prefix=FOOTER
// CHECK: data race on variable `shared` (40 bytes, at offset 1, global)
// CHECK-NEXT: Write by main at {{.*}}foreign-gcc.c:[[#]]:[[#]] in step
// CHECK: #0 step {{.*}}foreign-gcc.c:[[#]]
// CHECK-NEXT: #1 main {{.*}}foreign-gcc.c:[[#]]
// CHECK: Earlier write by thread 2 `run` at {{.*}}foreign-gcc.c
// CHECK: #0 step {{.*}}foreign-gcc.c:[[#]]
// CHECK-NEXT: #1 run {{.*}}foreign-gcc.c:[[#]]
// STRUCT: data race on variable `shared`
// STRUCT: #0 step {{.*}}foreign-gcc.c:[[#]]
// LIBRARY: data race on variable `shared`
// LIBRARY: #0 step {{.*}}foreign-gcc.c:[[#]]
// LIBRARY-NEXT: #1 main {{.*}}foreign-gcc.c:[[#]]
// FOOTER-NOT: not checked{{.*}}foreign-gcc
#include "Inputs/meet.h"
#include <pthread.h>
#include <stdatomic.h>

struct big {
  char at[40];
};
#ifndef PROGRAM
struct big shared;
static struct big from;
static _Atomic long turns;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
__attribute__((noinline)) void step(int i) {
#if defined(STRUCT)
  shared = from;
#elif defined(CLEAN)
  pthread_mutex_lock(&lock);
  shared.at[i]++;
  shared = from;
  pthread_mutex_unlock(&lock);
  for (long seen = turns; !atomic_compare_exchange_strong(&turns, &seen, seen + 1);)
    ;
#else
  shared.at[i] = 1;
#endif
  (void)from, (void)turns, (void)lock;
}
#else
void step(int i);
#endif

#ifndef LIBRARY
static int turn;
static void *run(void *arg) {
  step(1);
  hidden_add(&turn);
  return arg;
}
int main(void) {
  pthread_t t;
  pthread_create(&t, 0, run, 0);
  hidden_wait(&turn, 1);
  step(1);
  pthread_join(t, 0);
  return 0;
}
#endif
