// What a block cannot do is an error at its place.
// RUN: not %cc -fsyntax-only %s 2>&1 | FileCheck %s
#include <redflag/go_stmt.h>
#include <stdarg.h>
void use(void *);

int f(int n, ...) {
  int vla[n], x = 1;
  int(*pointer)[n] = &vla;
  __attribute__((cleanup(use))) int cleaned = 0;
  typedef char row[n];
  for (;;) {
    // CHECK: :[[@LINE+1]]:10: error: cannot return from a go block; jump to a label at its end
    go { return; };
    // CHECK: :[[@LINE+1]]:10: error: 'break' statement not in loop or switch statement
    go { break; };
    // CHECK: :[[@LINE+1]]:10: error: 'continue' statement not in loop statement
    go { continue; };
    // CHECK: :[[@LINE+1]]:15: error: use of undeclared label 'out'
    go { goto out; };
    // CHECK: :[[@LINE+1]]:22: error: 'va_start' cannot be used in a go block
    go { va_list ap; va_start(ap, n); };
  }
  switch (x) {
  case 1:;
    // CHECK: :[[@LINE+1]]:10: error: 'case' statement not in switch statement
    go { case 2: x = 1; };
  }
  // CHECK: :[[@LINE+1]]:8: error: use of undeclared label 'in'
  goto in;
  go { in: x = 2; };
  // CHECK: :[[@LINE+1]]:8: error: a go block cannot capture 'vla', whose type has a variable length
  go { vla[0] = 1; };
  // CHECK: :[[@LINE+1]]:12: error: a go block cannot capture 'pointer', whose type has a variable length
  go { use(pointer); };
  // CHECK: :[[@LINE+1]]:8: error: a go block cannot capture 'cleaned', which is cleaned up at the end of its scope
  go { cleaned = 1; };
  // CHECK: :[[@LINE+1]]:8: error: a go block cannot use 'row', whose length varies
  go { row r; use(r); };
  // CHECK-NOT: error:
  go { int own[n]; use(own); for (;;) { if (x) break; } switch (x) { case 1: break; } };
  go { goto end; end:; };
out:
  return x;
}
// CHECK: 11 errors generated
