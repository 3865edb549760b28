// The shadow stack follows calls, returns, tail calls and longjmp.
// RUN: %cc -O0 %s -o %t && %t | FileCheck %s
// RUN: %cc -O2 -fno-inline %s -o %t && %t | FileCheck %s
#include <setjmp.h>

volatile int g;
jmp_buf env;

void leaf(int x) { g = x; }
void middle(int x) {
  leaf(x);
  g = x + 1;
}
void tail(int x) {
  if (x)
    return tail(x - 1);
  leaf(9);
}
void jumper(int depth) {
  if (depth)
    jumper(depth - 1);
  longjmp(env, 1);
}

int main(void) {
  // CHECK: [1] write4 {{.*}} in leaf {{.*}} depth 3
  // CHECK: [2] write4 {{.*}} in middle {{.*}} depth 2
  middle(1);
  // CHECK: [3] write4 {{.*}} in main {{.*}} depth 1
  g = 3;
  tail(3);
  // CHECK: [4] write4 {{.*}} in main {{.*}} depth 1
  g = 4;
  if (!setjmp(env))
    jumper(5);
  // CHECK: [5] write4 {{.*}} in main {{.*}} depth 1
  g = 5;
  // CHECK: [6] write4 {{.*}} in leaf {{.*}} depth 2
  leaf(6);
  // CHECK: depth at exit 0
}
