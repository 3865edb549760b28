// What no other thread can see, or nobody writes, is not checked.
// RUN: %clang -I%include -O0 -S -emit-llvm %s -o - | FileCheck %s
#include <redflag/chan.h>

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

// What a function forgets when it returns is its caller's own again.
// CHECK-LABEL: define{{.*}} @lending(
// CHECK-NOT: @__rf_{{(check_)?(read|write)}}
// CHECK: ret i32
void borrow(int *p GO__BORROWED);
int lending(void) {
  int local = 3;
  borrow(&local);
  return local;
}

// So are the values of channels, and the cases of a select; what a case names is not.
// CHECK-LABEL: define{{.*}} @passing_on(
// CHECK-NOT: @__rf_{{(check_)?(read|write)}}
// CHECK: ret i32
int passing_on(chan(int) from, chan(int) to) {
  int sum = go_recv(from);
  go_range(v, from) sum += v;
  go_send(to, sum);
  return go_select(GO_RECV(from, NULL), GO_SEND(to, NULL), GO_TIMEOUT(1));
}

// CHECK-LABEL: define{{.*}} @selecting(
// CHECK: @__rf_{{(check_)?}}read4
// CHECK: ret i32
int selecting(chan(int) from) {
  int v;
  go_select(GO_RECV(from, &v));
  return v;
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
