// Memory intrinsics: small constant ones keep their moves behind checks, the others go to the runtime.
// RUN: %cc -O0 %s -o %t && %t | FileCheck %s
#include <string.h>

struct small { long a; } s1, s2;
struct middle { int a[10]; } m1, m2;
struct large { char a[200]; } l1, l2;

__attribute__((noinline)) void by_copy(struct large l) {}

int main(int argc, char **argv) {
  // CHECK: read8 at memops.c:[[@LINE+2]]:8 in main expr `s2` type `struct small`
  // CHECK: write8 at memops.c:[[@LINE+1]]:8 in main expr `s1` type `struct small`
  s1 = s2;
  // CHECK: [40] read_range at memops.c:[[@LINE+2]]:8 in main expr `m2`
  // CHECK: [40] write_range at memops.c:[[@LINE+1]]:8 in main expr `m1`
  m1 = m2;
  // CHECK: {{^}}memcpy at memops.c:[[@LINE+1]]:8 in main expr `l1` type `struct large`
  l1 = l2;
  // CHECK: {{^}}memset at memops.c:[[@LINE+1]]
  memset(&l1, 0, 5 + argc);
  // CHECK: {{^}}memmove at memops.c:[[@LINE+1]]
  memmove(&l1, (char *)&l1 + 1, 100 + argc);
  // One side is private: only the other is checked.
  // CHECK-NEXT: [200] read_range at memops.c:[[@LINE+1]]
  struct large copy = l1;
  // CHECK: [200] read_range at memops.c:[[@LINE+1]]:{{[0-9]+}} in main
  by_copy(l1);
  return copy.a[3];
}
