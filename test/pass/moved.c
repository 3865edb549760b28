// Accesses that the optimiser moved or merged keep a line that itself makes the access.
// RUN: %cc -O2 %s -o %t && %t | FileCheck %s --implicit-check-not=moved.c:0 --implicit-check-not='in speculated'
// RUN: %cc -O2 -fno-strict-aliasing %s -o %t && %t | FileCheck %s --implicit-check-not=moved.c:0

int a[100] = {1, 2, 3, 4};
long sum, limit, other;
struct pair { long n, total; } object;
int sink[100];

// Store promotion takes the accesses of sum out of the loop.
__attribute__((noinline)) void promoted(int n) {
  for (int i = 0; i < n; i++)
    sum += a[i];
}
// CHECK: read8 at moved.c:[[@LINE-2]]:{{.*}} in promoted expr `sum` type `long`
// CHECK: write8 at moved.c:[[@LINE-3]]:{{.*}} in promoted expr `sum` type `long`

__attribute__((noinline)) void hoisted(int n) {
  for (int i = 0; i < n; i++) {
    long l = limit;
    sink[i] = l + i;
  }
}
// CHECK: read8 at moved.c:[[@LINE-4]]:{{.*}} in hoisted expr `limit`

__attribute__((noinline)) void member(struct pair *p, int n) {
  for (int i = 0; i < n; i++) {
    if (p->total > 100)
      break;
    p->total += i;
  }
}
// CHECK: read8 at moved.c:{{[1-9].*}} in member expr `p->total`
// CHECK: write8 at moved.c:[[@LINE-4]]:{{.*}} in member expr `p->total`

static inline long helper(void) { return other; }
__attribute__((noinline)) void inlined(int n) {
  for (int i = 0; i < n; i++)
    sink[i] = helper();
}
// CHECK: read8 at moved.c:[[@LINE-5]]:{{.*}} in helper expr `other` {{.*}} inlined at moved.c:[[@LINE-2]]:{{.*}} in inlined

__attribute__((noinline)) void merged(int c) {
  if (c)
    a[3] = 1;
  else
    a[3] = 2;
}
// CHECK: write4 at moved.c:{{.*}} in merged expr `a[3]`

// Not reached, so not read: the optimiser must not turn this into an unconditional load.
__attribute__((noinline)) int speculated(int c) { return c ? a[5] : 7; }
__attribute__((noinline)) void guarded(int c, int n) {
  for (int i = 0; i < n; i++)
    if (c)
      sink[i] = limit;
}
// CHECK-NOT: in guarded

int main(void) {
  promoted(4);
  hoisted(4);
  member(&object, 4);
  inlined(4);
  merged(1);
  speculated(0);
  guarded(0, 4);
}
