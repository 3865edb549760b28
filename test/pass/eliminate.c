// A check is left out when another in the same synchronisation-free region covers it, and only then.
// RUN: %cc -O0 %s -o %t && %t | FileCheck %s
// RUN: %cc -O0 -Xclang -mllvm -Xclang -redflag-elim=0 %s -o %t && %t | FileCheck %s --check-prefix=ALL

struct pair { int a, b; } *p, object;
int g;
__attribute__((noinline)) void call(void) {}

// The read is folded into the write that follows it.
// CHECK-NOT: read4 {{.*}} in increment
// CHECK: write4 {{.*}} in increment
// ALL: read4 {{.*}} in increment
// ALL: write4 {{.*}} in increment
void increment(void) { g = g + 1; }

int around(int c) {
  // CHECK: [1] write4 {{.*}} in around expr `g`
  g = 1;
  // CHECK-NOT: [2] write4
  // ALL: [2] write4
  g = 2;
  call();
  // Behind a call the clock may have moved.
  // CHECK: [3] write4 {{.*}} in around expr `g`
  g = 3;
  // CHECK: read4 at eliminate.c:[[@LINE+1]]:{{.*}} in around expr `object.a`
  int x = object.a;
  // CHECK-NOT: read4
  x += object.a;
  if (c)
    x += object.a;
  // A read does not stand for a write.
  // CHECK: write4 {{.*}} in around expr `object.a`
  object.a = x;
  return x;
}
// Checked on both paths to where they meet.
int both(int c) {
  if (c)
    g = 4;
  else
    g = 5;
  return g;
}
// CHECK: write4 {{.*}} in both
// CHECK-NOT: read4 {{.*}} in both
// ALL: read4 {{.*}} in both

// Checked on one path only, or before a call on the other.
int one(int c) {
  if (c)
    g = 4;
  return g;
}
int before(int c) {
  g = 6;
  if (c)
    call();
  return g;
}
// CHECK: read4 {{.*}} in one
// CHECK: write4 {{.*}} in before
// CHECK: read4 {{.*}} in before
int main(void) {
  increment();
  around(1);
  both(1);
  one(0);
  before(0);
}
