// With link-time optimisation the compiler's half of the pipeline instruments, once.
// RUN: %clang -O2 -flto -S -emit-llvm %s -o - | FileCheck %s
// RUN: %clang -O2 -flto=thin -S -emit-llvm %s -o - | FileCheck %s
// RUN: %clang -O0 -flto -S -emit-llvm %s -o - | FileCheck %s
int g;
// CHECK-LABEL: @f(
// CHECK: call preserve_mostcc void @__rf_write4
// CHECK-NOT: call preserve_mostcc
// CHECK: ret void
void f(void) { g = 1; }
