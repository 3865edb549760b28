// gdb lists goroutines and shows the stacks of those that are parked.
// REQUIRES: gdb
// RUN: %cc -g -O1 %s -o %t
// RUN: gdb -q -batch -x %S/../../runtime/go/redflag-gdb.py -ex 'break stop_here' -ex run -ex 'info goroutines' -ex 'goroutine all bt' -ex 'goroutine 9 bt' -ex bt -ex continue %t > %t.out 2>&1
// RUN: FileCheck %s < %t.out
// CHECK: 1 [running] main
// CHECK-NEXT: 2 [chan receive] receiver
// CHECK-NEXT: 3 [chan send] sender
// CHECK: goroutine 1 [running] main
// CHECK-NEXT: stop_here
// CHECK: goroutine 2 [chan receive] receiver
// CHECK: in receiver (
// CHECK: goroutine 3 [chan send] sender
// CHECK: in deeper (
// CHECK-NEXT: in deeper (
// CHECK-NEXT: in deeper (
// CHECK-NEXT: in sender (
// CHECK: usage: goroutine NUMBER|all COMMAND
// CHECK: #0 {{.*}}stop_here
// CHECK: exited normally
#include <redflag/go.h>

static void receiver(chan(int) c) { go_recv(c); }

static void deeper(int n, chan(int) c) {
  if (n)
    deeper(n - 1, c);
  else
    go_send(c, 3);
  __asm__ volatile("");
}

static void sender(chan(int) c) { deeper(2, c); }

__attribute__((noinline)) void stop_here(void) { __asm__ volatile(""); }

int main(void) {
  chan(int) c = go_make(int, 0), d = go_make(int, 0);
  go receiver(c);
  go sender(d);
  go_sleep(500 * GO_MILLISECOND); // both are parked by then
  stop_here();
}
