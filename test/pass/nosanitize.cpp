// Functions with ThreadSanitizer's attribute, or the general one, carry no checks.
// RUN: %cxx -O0 %s -o %t && %t | FileCheck %s

int g;
__attribute__((no_sanitize("thread"))) void quiet() { g = 1; }
__attribute__((no_sanitize_thread)) void old_spelling() { g = 2; }
__attribute__((disable_sanitizer_instrumentation)) void general() { g = 3; }
template <class T> __attribute__((no_sanitize("thread"))) void generic(T v) { g = v; }
struct C {
  __attribute__((no_sanitize("thread"))) void method() { g = 5; }
  template <class T> __attribute__((no_sanitize("thread"))) void generic(T v) { g = v; }
};
__attribute__((no_sanitize("address"))) void loud() { g = 9; }

// CHECK-NOT: write4
// CHECK: [9] write4 {{.*}} in loud
// CHECK-NOT: write4
int main() {
  quiet();
  old_spelling();
  general();
  generic(4);
  C().method();
  C().generic(6);
  loud();
}
