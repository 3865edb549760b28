// What `go` cannot start is an error at its place.
// RUN: not %cxx -fsyntax-only %s 2>&1 | FileCheck %s
#include <redflag/go_stmt.h>
#include <string>
void f(int);
void by_value(std::string);
void by_ref(const std::string &);
std::string make();
struct T { void method(); };

int main() {
  int x = 3;
  std::string text;
  // CHECK: :[[@LINE+1]]:6: error: 'go' must be followed by a function call
  go x = 3;
  // CHECK: :[[@LINE+1]]:6: error: a builtin cannot be started as a goroutine
  go __builtin_trap();
  // CHECK: :[[@LINE+1]]:15: error: an argument of a class that is not trivially copyable cannot be passed by 'go'; use redflag::go
  go by_value(text);
  // CHECK: :[[@LINE+1]]:13: error: this temporary is gone when the goroutine runs; use redflag::go
  go by_ref("temp");
  // CHECK: :[[@LINE+1]]:6: error: the result of this call needs a destructor
  go make();
  // CHECK: :[[@LINE+1]]:6: error: this object is gone when the goroutine runs
  go T().method();
  // CHECK-NOT: error:
  go by_ref(text);
  go f(x);
}
// CHECK: 6 errors generated
