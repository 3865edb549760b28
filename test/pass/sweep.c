// Every shape of access is checked with its size: variable-length arrays, byval arguments, structure copies,
// memcpy of a constant length, wide and odd types, bit-fields, atomic floats, elements of escaped arrays.
// RUN: %cc -O0 %s -o %t -latomic && %t | FileCheck %s
// RUN: %cc -O2 %s -o %t -latomic && %t | FileCheck %s
#include <alloca.h>
#include <stdatomic.h>
#include <string.h>

#define FAR __attribute__((noinline))
FAR void publish(void *p) { __asm__ volatile("" : : "r"(p) : "memory"); }

FAR int vla(int n) {
  int a[n];
  a[0] = 1;
  publish(a);
  a[n - 1] = 2;
  publish(a);
  return a[0];
}
// CHECK: write4 at sweep.c:[[@LINE-4]]:{{.*}} in vla expr `a[n - 1]`
// CHECK: read4 at sweep.c:[[@LINE-3]]:{{.*}} in vla expr `a[0]`

FAR char dynamic(int n) {
  char *p = alloca(n);
  publish(p);
  p[1] = 2;
  publish(p);
  return p[1];
}
// CHECK: write1 at sweep.c:[[@LINE-4]]:{{.*}} in dynamic
// CHECK: read1 at sweep.c:[[@LINE-3]]:{{.*}} in dynamic

// The address of one element escapes; another is used.
FAR int element(int i) {
  int a[8] = {0};
  publish(&a[3]);
  a[i] = 1;
  publish(&a[3]);
  return a[i + 1];
}
// CHECK: write4 at sweep.c:[[@LINE-4]]:{{.*}} in element expr `a[i]`
// CHECK: read4 at sweep.c:[[@LINE-3]]:{{.*}} in element expr `a[i + 1]`

struct parts { int first, second; };
FAR int part(void) {
  struct parts s = {1, 2};
  publish(&s.first);
  s.second = 3;
  publish(&s.first);
  return s.second;
}
// CHECK: write4 at sweep.c:[[@LINE-4]]:{{.*}} in part expr `s.second`
// CHECK: read4 at sweep.c:[[@LINE-3]]:{{.*}} in part expr `s.second`

struct big { long v[12]; } big_from, big_to;
FAR long by_value(struct big b) {
  publish(&b.v[0]);
  b.v[1]++;
  publish(&b.v[0]);
  return b.v[2];
}
// The caller reads what it passes, the callee accesses its own copy, which escaped.
// CHECK: [96] read_range at sweep.c:{{[1-9].*}} in main expr `big_from` type `struct big`
// CHECK: write8 at sweep.c:[[@LINE-6]]:{{.*}} in by_value
// CHECK: read8 at sweep.c:[[@LINE-5]]:{{.*}} in by_value

#define COPY(n)                                                                                              \
  struct s##n { char c[n]; } from##n, to##n;                                                                 \
  FAR void copy##n(void) { to##n = from##n; }
COPY(1) COPY(2) COPY(3) COPY(4) COPY(5) COPY(7) COPY(8) COPY(12) COPY(15) COPY(16) COPY(24) COPY(31)
COPY(32) COPY(33) COPY(64) COPY(65) COPY(1000)
// CHECK: {{read.* in copy1 }}
// CHECK: {{write.* in copy1 }}
// CHECK: {{read.* in copy2 }}
// CHECK: {{write.* in copy2 }}
// CHECK: [3] read_range {{.*}} in copy3
// CHECK: [3] write_range {{.*}} in copy3
// CHECK: {{read.* in copy4 }}
// CHECK: {{write.* in copy4 }}
// CHECK: [5] read_range {{.*}} in copy5
// CHECK: [5] write_range {{.*}} in copy5
// CHECK: [7] read_range {{.*}} in copy7
// CHECK: [7] write_range {{.*}} in copy7
// CHECK: {{read.* in copy8 }}
// CHECK: {{write.* in copy8 }}
// CHECK: {{read.* in copy12 }}
// CHECK: {{write.* in copy12 }}
// CHECK: [15] read_range {{.*}} in copy15
// CHECK: [15] write_range {{.*}} in copy15
// CHECK: {{read.* in copy16 }}
// CHECK: {{write.* in copy16 }}
// CHECK: {{read.* in copy24 }}
// CHECK: {{write.* in copy24 }}
// CHECK: [31] read_range {{.*}} in copy31
// CHECK: [31] write_range {{.*}} in copy31
// CHECK: {{read.* in copy32 }}
// CHECK: {{write.* in copy32 }}
// CHECK: [33] read_range {{.*}} in copy33
// CHECK: [33] write_range {{.*}} in copy33
// CHECK: [64] read_range {{.*}} in copy64
// CHECK: [64] write_range {{.*}} in copy64
// CHECK: memcpy {{.*}} in copy65
// CHECK: memcpy {{.*}} in copy1000

char bytes[100];
FAR void constant(char *p) { memcpy(bytes, p, 13); }
// CHECK: [13] read_range {{.*}} in constant
// CHECK: [13] write_range {{.*}} in constant

long double extended;
FAR void x87(void) { extended = extended + 1; }
// CHECK: [10] write_range at sweep.c:[[@LINE-1]]:{{.*}} in x87 expr `extended`

unsigned __int128 wide;
FAR void int128(void) { wide++; }
// CHECK: [16] write_range at sweep.c:[[@LINE-1]]:{{.*}} in int128 expr `wide`

struct bits { unsigned a : 3, b : 13, c : 16; } bits;
FAR void bit_field(void) { bits.b = 5; }
// Its neighbours are written back with it.
// CHECK: write{{[24]}} at sweep.c:[[@LINE-2]]:{{.*}} in bit_field expr `bits.b`

_Atomic float af;
_Atomic double ad;
FAR float floats(void) {
  af = 1.5f;
  ad += 2.5;
  return af + (float)ad;
}
// CHECK: atomic32_store {{.*}} in floats expr `af`
// CHECK: atomic64_cas {{.*}} in floats
// CHECK: atomic32_load {{.*}} in floats expr `af`

_Complex double z;
FAR void complex(double x) { z = x; }
// CHECK: write{{.*}} in complex expr `z`

int main(void) {
  vla(3);
  dynamic(3);
  element(2);
  part();
  by_value(big_from);
#define C(n) copy##n();
  C(1) C(2) C(3) C(4) C(5) C(7) C(8) C(12) C(15) C(16) C(24) C(31) C(32) C(33) C(64) C(65) C(1000)
  constant(bytes + 50);
  x87();
  int128();
  bit_field();
  floats();
  complex(1);
}
