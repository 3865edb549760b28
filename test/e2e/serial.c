// Before the first thread and after the last join nothing is recorded, and nothing is missed or invented.
// RUN: %cc -O2 %s -o %t && %clean -n 3 %t
// RUN: %cc -O2 -DRACE %s -o %t && %racy %t | FileCheck %s
// CHECK: data race on variable `second`
#include <pthread.h>

static int first, second;
static void *one(void *arg) {
  first++;
  return arg;
}
static void *two(void *arg) {
  second++;
  first++;
  return arg;
}
int main(void) {
  pthread_t a, b;
  first = 1;
  pthread_create(&a, 0, one, 0);
  pthread_join(a, 0);
  first = 2; // serial again
  second = 2;
  pthread_create(&a, 0, two, 0);
#ifdef RACE
  second = 3;
#endif
  pthread_join(a, 0);
  pthread_create(&b, 0, one, 0);
  pthread_join(b, 0);
}
