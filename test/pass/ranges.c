// What all turns of a loop access without gaps is checked in front of it, once; other loops check each access.
// REQUIRES: x86_64
// RUN: %cc -O2 %s -o %t && %t | FileCheck %s
// RUN: %cc -O1 -fno-unroll-loops %s -o %t && %t | FileCheck %s --check-prefix=PLAIN
// Switched off, no range is longer than one access.
// RUN: %cc -O2 -mllvm -redflag-hoist=0 %s -o %t && %t | FileCheck %s --check-prefix=OFF
// OFF-NOT: [{{[0-9][0-9][0-9]+}}]
#include <stdio.h>
#include <string.h>

enum { N = 64 };
int a[N], b[N];
struct pair {
  int x, y;
} pairs[N];
volatile int shared[N];
int rows[N][16];

// Nothing but ranges: 64 x 4 bytes.
__attribute__((noinline)) void walk(int n) {
  for (int i = 0; i < n; i++)
    a[i] = b[i] + 1;
}
// CHECK: walk{{$}}
// CHECK-NEXT: [256] read_range at ranges.c:[[@LINE-3]]:{{.*}} in walk expr `b[i]`
// CHECK-NEXT: [256] write_range at ranges.c:[[@LINE-4]]:{{.*}} in walk expr `a[i]`
// PLAIN: walk{{$}}
// PLAIN-NEXT: [256] read_range at ranges.c:[[@LINE-6]]:{{.*}} expr `b[i]` type `int` kind 1 size 4
// PLAIN-NEXT: [256] write_range at ranges.c:[[@LINE-7]]:{{.*}} expr `a[i]` type `int` kind 2 size 4
// PLAIN-NEXT: backwards{{$}}

// The range begins where the last turn is.
__attribute__((noinline)) void backwards(int n) {
  for (int i = n - 1; i >= 0; i--)
    a[i] = i;
}
// PLAIN-NEXT: [256] write_range at ranges.c:[[@LINE-2]]:{{.*}} expr `a[i]`
// PLAIN-NEXT: fields{{$}}

// The other field is not accessed.
__attribute__((noinline)) int fields(int n) {
  int s = 0;
  for (int i = 0; i < n; i++)
    s += pairs[i].x;
  return s;
}
// PLAIN-NEXT: read4 at ranges.c:[[@LINE-3]]:{{.*}} expr `pairs[i].x`
// PLAIN-NEXT: read4 at
// PLAIN: search{{$}}

// Who knows where it ends?
__attribute__((noinline)) int search(int n, int x) {
  int i = 0;
  while (i < n && a[i] != x)
    i++;
  return i;
}
// PLAIN-NEXT: read4 at ranges.c:[[@LINE-4]]:{{.*}} expr `a[i]`
// PLAIN-NOT: read_range
// PLAIN: maybe{{$}}

// Not in each turn.
__attribute__((noinline)) void maybe(int n) {
  for (int i = 0; i < n; i++)
    if (i & 1)
      a[i] = 0;
}
// PLAIN-NEXT: write4 at ranges.c:[[@LINE-2]]:{{.*}} expr `a[i]`
// PLAIN-NOT: write_range
// PLAIN: changing{{$}}

__attribute__((noinline)) void changing(int n) {
  for (int i = 0; i < n; i++)
    shared[i] = i;
}
// PLAIN-NEXT: write4 at ranges.c:[[@LINE-2]]:{{.*}} expr `shared[i]`
// PLAIN-NOT: write_range
// PLAIN: calling{{$}}

// A call may synchronise.
__attribute__((noinline)) void nothing(void) { __asm__ volatile(""); }
__attribute__((noinline)) void calling(int n) {
  for (int i = 0; i < n; i++) {
    a[i] = i;
    nothing();
  }
}
// PLAIN-NEXT: write4 at ranges.c:[[@LINE-4]]:{{.*}} expr `a[i]`
// PLAIN-NOT: write_range
// PLAIN: none{{$}}

// No turn at all: nothing.
// PLAIN-NEXT: unrolled{{$}}

// Unrolled: one check of a row, also without a loop.
__attribute__((noinline)) int unrolled(int i) {
  int s = 0;
#pragma clang loop unroll(full)
  for (int k = 0; k < 16; k++)
    s ^= rows[i][k] * (k + 3);
  return s;
}
// CHECK: unrolled{{$}}
// CHECK-NEXT: [64] read_range at ranges.c:[[@LINE-4]]:{{.*}} expr `rows[i][k]`

int main(void) {
  puts("walk");
  walk(N);
  puts("backwards");
  backwards(N);
  puts("fields");
  fields(4);
  puts("search");
  search(3, 7);
  puts("maybe");
  maybe(5);
  puts("changing");
  changing(3);
  puts("calling");
  calling(3);
  puts("none");
  walk(0);
  puts("unrolled");
  return unrolled(3) & 1;
}
