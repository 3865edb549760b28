// Stacks stay right across exceptions and longjmp.
// RUN: %cxx -O0 %s -o %t && %racy %t | FileCheck %s
// RUN: %cxx -O2 %s -o %t && %racy %t | FileCheck %s
// CHECK: #0 touch {{.*}}unwinding.cpp
// CHECK-NEXT: #1 caller {{.*}}unwinding.cpp
// CHECK-NEXT: #2 run
#include <csetjmp>
#include <pthread.h>

static jmp_buf env;
__attribute__((noinline)) static void thrower(int n) {
  if (n == 0)
    throw 1;
  thrower(n - 1);
  asm volatile("");
}
__attribute__((noinline)) static void jumper(int n) {
  if (n == 0)
    longjmp(env, 1);
  jumper(n - 1);
  asm volatile("");
}
__attribute__((noinline)) static void touch(int *p) { ++*p; }
__attribute__((noinline)) static void caller(int n) {
  static int shared;
  touch(&shared);
  asm volatile("" : : "r"(n));
}
static void *run(void *arg) {
  try {
    thrower(10);
  } catch (int) {
  }
  static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&m);
  if (!setjmp(env))
    jumper(10);
  pthread_mutex_unlock(&m);
  caller(1);
  return arg;
}
int main() {
  pthread_t a, b;
  pthread_create(&a, nullptr, run, nullptr);
  pthread_create(&b, nullptr, run, nullptr);
  pthread_join(a, nullptr);
  pthread_join(b, nullptr);
}
