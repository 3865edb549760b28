// Each function is instrumented once, with link-time optimisation too.
// RUN: %cc -O2 -flto -fuse-ld=lld %s -o %t && %t | FileCheck %s
// RUN: %cc -O2 -flto=thin -fuse-ld=lld %s -o %t && %t | FileCheck %s
// RUN: %cc -O0 -flto -fuse-ld=lld %s -o %t && %t | FileCheck %s
// REQUIRES: lld
int g;
// CHECK: write4
// CHECK-NOT: write4
__attribute__((noinline)) void f(void) { g = 1; }
int main(void) { f(); }
