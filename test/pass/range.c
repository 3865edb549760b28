// Accesses of odd sizes and places are checked by range.
// REQUIRES: x86_64
// RUN: %cc -O1 %s -o %t && %t | FileCheck %s

struct __attribute__((packed)) odd {
  char c;
  int i;
  long l;
} odd;
long double extended;
typedef int v4 __attribute__((vector_size(16)));
v4 vector;

int main(void) {
  // Inside one granule, as the compiler can tell: an inline check after all.
  // CHECK: [3] write4 at range.c:[[@LINE+1]]:9 in main expr `odd.i` type `int` kind 2 size 4
  odd.i = 3;
  // CHECK: [8] write_range at range.c:[[@LINE+1]]:9 in main expr `odd.l`
  odd.l = 3;
  // Ten bytes of long double are value, six are padding.
  // CHECK: [10] write_range at range.c:[[@LINE+1]]:12 in main expr `extended` type `long double` kind 2 size 10
  extended = 3;
  // CHECK: [16] write_range at {{.*}} expr `vector`
  vector += 1;
}
