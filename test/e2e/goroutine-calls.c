// Dumps and fatal errors show the calls that are open, those of functions that were inlined too.
// RUN: for o in -O0 -O1 -O2; do %cc -g $o %s -o %t && %t 2> %t.out; test $? = 2 && FileCheck %s < %t.out || exit 1; done
// CHECK: goroutine 1 [running]:
// CHECK-NEXT: {{^}}	main
// CHECK-NEXT: {{^}}		main {{.*}}goroutine-calls.c:[[# @LINE + 31]]
// CHECK: goroutine 2 [chan receive]:
// CHECK-NEXT: {{^}}	outer
// CHECK-NEXT: {{^}}		wait_here {{.*}}goroutine-calls.c:[[# @LINE + 18]]
// CHECK-NEXT: {{^}}		deeper {{.*}}goroutine-calls.c
// CHECK-NEXT: {{^}}		outer {{.*}}goroutine-calls.c
// CHECK-NEXT: created by main in goroutine 1
// CHECK: fatal error: all goroutines are asleep - deadlock!
// CHECK: goroutine 1 [sync.Mutex.Lock]:
// CHECK-NEXT: {{^}}	main
// CHECK-NEXT: {{^}}		lock_twice {{.*}}goroutine-calls.c
// CHECK-NEXT: {{^}}		main {{.*}}goroutine-calls.c
#include <redflag/go.h>

static void lock_twice(void) {
  static go_mutex m;
  go_lock(&m);
  go_lock(&m);
}

static inline void wait_here(chan(int) c) {
  go_recv(c);
}

static void deeper(chan(int) c) { wait_here(c); }
static void outer(chan(int) c) { deeper(c); }

int main(void) {
  chan(int) c = go_make(int, 0);
  go outer(c);
  go_sleep(200 * GO_MILLISECOND);
  go_dump(2);
  lock_twice();
}
