// Atomic operations are performed by the runtime, with their memory order.
// RUN: %cc -O0 %s -o %t && %t | FileCheck %s
// RUN: %cc -O2 %s -o %t && %t | FileCheck %s
#include <stdatomic.h>
#include <stdio.h>

_Atomic int a;
_Atomic char c;
_Atomic long l;
_Atomic(int *) p;
_Atomic float f;
int plain, x, y[4];

int main(void) {
  // CHECK: order 3 atomic32_store at atomics.c:[[@LINE+1]]:{{[0-9]+}} in main expr `a`{{.*}} kind 4 size 4
  atomic_store_explicit(&a, 3, memory_order_release);
  // CHECK: order 2 atomic32_load at atomics.c:[[@LINE+1]]:{{[0-9]+}} in main expr `a`{{.*}} kind 3 size 4
  int got = atomic_load_explicit(&a, memory_order_acquire);
  // CHECK: order 0 atomic8_fetch_add
  atomic_fetch_add_explicit(&c, 1, memory_order_relaxed);
  // CHECK: order 5 atomic64_fetch_sub
  atomic_fetch_sub(&l, 1);
  // CHECK: order 5 atomic64_fetch_or
  atomic_fetch_or(&l, 1);
  // CHECK: order 5 atomic64_fetch_xor
  atomic_fetch_xor(&l, 1);
  // CHECK: order 5 atomic64_fetch_and
  atomic_fetch_and(&l, 1);
  // CHECK: order 4 atomic32_fetch_nand
  __atomic_fetch_nand(&plain, 1, __ATOMIC_ACQ_REL);
  // CHECK: order 5 atomic64_exchange {{.*}} expr `p`
  atomic_exchange(&p, &x);
  // CHECK: order 5 atomic64_fetch_add {{.*}} expr `p`
  atomic_fetch_add(&p, 1);
  int expected = 3;
  // CHECK: order 4/2 atomic32_cas
  _Bool won = atomic_compare_exchange_strong_explicit(&a, &expected, 9, memory_order_acq_rel, memory_order_acquire);
  // CHECK: order 5/5 atomic32_cas
  _Bool lost = atomic_compare_exchange_strong(&a, &expected, 10);
  // No entry point for a maximum or a sum of floats: a loop around compare and swap.
  // CHECK: order 5/5 atomic32_cas
  int before = __atomic_fetch_max(&plain, 100, __ATOMIC_SEQ_CST);
  // CHECK: order 5/5 atomic32_cas {{.*}}
  f = 1.5f;
  f += 2;
  // CHECK: order 5 fence {{.*}} kind 9
  atomic_thread_fence(memory_order_seq_cst);
  // Orders only this thread against its own signal handlers.
  // CHECK-NOT: fence
  atomic_signal_fence(memory_order_seq_cst);
  // CHECK: 3 9 1 0 9 100
  printf("%d %d %d %d %d %d\n", got, a, won, lost, expected, plain);
  // CHECK: 3.5 1 -1
  printf("%g %d %d\n", (double)f, p == &x + 1, before);
}
