// What no other thread can see, or nobody writes, is not checked.
// RUN: %clang -O0 -S -emit-llvm %s -o - | FileCheck %s

static const int table[4] = {1, 2, 3, 4};
// CHECK-LABEL: define{{.*}} @private_memory(
// CHECK-NOT: @__rf_{{(check_)?(read|write)}}
// CHECK: ret i32
int private_memory(int i) {
  int local = i;
  struct { int a, b; } pair = {i, local};
  return local + pair.b + table[i];
}

// CHECK-LABEL: define{{.*}} @escaping(
// CHECK: @__rf_{{(check_)?}}write4
void use(int *);
void escaping(void) {
  int local = 3;
  use(&local);
}

// CHECK-LABEL: define{{.*}} @other_address_space(
// CHECK-NOT: @__rf_{{(check_)?(read|write)}}
// CHECK: ret i32
int other_address_space(__attribute__((address_space(256))) int *p) { return *p; }

// A function that touches nothing has no frame.
// CHECK-LABEL: define{{.*}} @nothing(
// CHECK-NOT: @__rf_tls
// CHECK: ret i32
int nothing(int a) { return a; }
