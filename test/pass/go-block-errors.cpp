// What a block cannot capture in C++ is an error at its place.
// RUN: not %cxx -std=c++20 -fsyntax-only %s 2>&1 | FileCheck %s
// RUN: not %cxx -std=c++20 -DCOROUTINE -c %s -o %t.o 2>&1 | FileCheck %s --check-prefix=CORO
#include <redflag/go_stmt.h>
#include <coroutine>
#include <string>

#ifndef COROUTINE
struct Copied { Copied(const Copied &); int x; };
struct Plain { int a, b; };

void f(Copied p, Plain q) {
  std::string s;
  int i = 0;
  // CHECK: :[[@LINE+1]]:25: error: reference to local binding 'a' declared in enclosing function 'f'
  auto [a, b] = q; go { a++; };
  // CHECK: :[[@LINE+1]]:8: error: a go block cannot capture 's', which has a destructor; use redflag::go
  go { s += "x"; };
  // CHECK: :[[@LINE+1]]:8: error: a go block cannot capture the parameter 'p', whose class is not trivially copyable
  go { p.x = 1; };
  // CHECK: :[[@LINE+1]]:23: error: a go block cannot capture 'i' through a lambda or block literal; copy it to a local
  auto l = [&] { go { i++; }; };
  // CHECK-NOT: error:
  go { q.a = 1; std::string own = "y"; own += "z"; };
}
#else
struct Task {
  struct promise_type {
    Task get_return_object() { return {}; }
    std::suspend_never initial_suspend() { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
  };
};
Task coroutine() {
  int i = 0;
  // CORO: error: {{.*}}a coroutine cannot start a go block; move it into a function
  go { i++; };
  co_return;
}
#endif
