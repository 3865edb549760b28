// Fortran objects of gfortran -fsanitize=thread, called by two threads.
// REQUIRES: gfortran
// RUN: cd %T && gfortran -g -O1 -fsanitize=thread -c %S/Inputs/race.f90 -o %t.f.o && %cc -g -O1 %s %t.f.o -o %t && %racy %t | FileCheck %s
// RUN: %cc -g -O1 -DLOCKED %s %t.f.o -o %t && %clean %t
// CHECK: data race on variable `{{.*}}counter`
// CHECK: #0 bump {{.*}}race.f90:8
// CHECK-NEXT: #1 {{main|step}} {{.*}}foreign-fortran.c
// CHECK: Earlier {{.*}}race.f90:8
#include <pthread.h>
void bump(int n);
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void step(void) {
#ifdef LOCKED
  pthread_mutex_lock(&lock);
#endif
  bump(1);
#ifdef LOCKED
  pthread_mutex_unlock(&lock);
#endif
}
static void *run(void *arg) {
  step();
  return arg;
}
int main(void) {
  pthread_t t;
  (void)lock;
  pthread_create(&t, NULL, run, NULL);
  step();
  pthread_join(t, NULL);
  return 0;
}
