// A coroutine is instrumented after it was split; each resumption is a frame of its own.
// RUN: %cxx -std=c++20 -Xclang -mllvm -Xclang -redflag-elim=0 -O0 %s -o %t && %t | FileCheck %s
// RUN: %cxx -std=c++20 -Xclang -mllvm -Xclang -redflag-elim=0 -O2 %s -o %t && %t | FileCheck %s
#include <coroutine>

volatile int g;
struct Task {
  struct promise_type {
    Task get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
  };
  std::coroutine_handle<promise_type> handle;
};
Task run(int n) {
  for (int i = 1; i <= n; i++) {
    g = i;
    co_await std::suspend_always{};
  }
}
int main() {
  Task t = run(2);
  // CHECK: [1] write4 {{.*}} expr `g`
  // CHECK: [2] write4 {{.*}} expr `g`
  t.handle.resume();
  t.handle.resume();
  t.handle.destroy();
  // CHECK: [3] write4 {{.*}} in main {{.*}} depth 1
  g = 3;
  // CHECK: depth at exit 0
}
