// A site of an inlined access leads to the site of the call that it was inlined into.
// RUN: %cc -O2 %s -o %t && %t | FileCheck %s

int g;
static void leaf(int *p) { *p = 3; }
static void middle(int *p) { leaf(p); }
__attribute__((noinline)) void outer(int *p) { middle(p); }

// CHECK: write4 at inlined.c:5:31 in leaf expr `*p` type `int` kind 2 size 4 inlined at inlined.c:6:30 in middle expr `leaf` type `void` kind 5 size 0 inlined at inlined.c:7:48 in outer expr `middle`
// CHECK-SAME: depth 2
int main(void) { outer(&g); }
