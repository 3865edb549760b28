// Blocks in members, templates, lambdas, and under exceptions, which give boxes back too.
// RUN: %cxx -O0 %s -o %t && %t | FileCheck %s --implicit-check-not="boxes at exit"
// RUN: %cxx -O2 -g %s -o %t && %t | FileCheck %s --implicit-check-not="boxes at exit"
// RUN: %cxx -std=c++20 -O3 %s -o %t && %t | FileCheck %s --implicit-check-not="boxes at exit"
// RUN: %cxx -O2 -g -S -emit-llvm %s -o - | opt -passes=verify -disable-output
#include <redflag/go_stmt.h>
#include <cstdio>
#include <mutex>
#include <stdexcept>
#include <string>

struct Counter {
  int n = 0;
  void run(int by) {
    for (int i = 0; i < 2; i++) {
      int k = by + i;
      go { n += k; printf("member %d\n", n); };
    }
  }
};
template <class T> T sum(T x) {
  T total{};
  go { total += x; go { total += x; }; };
  return total;
}
struct Big { long v[8]; };
static Big make(int n) {
  Big b{};
  go { b.v[3] = n; };
  return b;
}
static void thrower(int x) {
  if (x > 1)
    throw std::runtime_error("thrown");
}
static int risky(int x) {
  int local = x;
  go { local *= 2; };
  thrower(local);
  return local;
}
static int in_lambda(int x) {
  auto f = [](int y) { int z = y; go { z++; y = z; }; return y; };
  return f(x);
}
static int &through_reference(int &r) {
  go { r += 5; };
  return r;
}

int main() {
  // CHECK: [1 boxes] [16] go at {{.*}} in Counter::run expr `Counter::run.func1`
  // CHECK: member 10
  // CHECK: member 21
  Counter c;
  c.run(10);
  // CHECK: sums 6 3
  printf("sums %d %g\n", sum(3), sum(1.5));
  // CHECK: made 7
  printf("made %ld\n", make(7).v[3]);
  // CHECK: fine 0
  // CHECK: caught thrown
  // CHECK: inside 4
  try {
    printf("fine %d\n", risky(0));
    risky(1);
  } catch (std::exception &e) {
    int inside = 3;
    printf("caught %s\n", e.what());
    go { inside++; printf("inside %d\n", inside); };
  }
  // CHECK: lambda 5
  printf("lambda %d\n", in_lambda(4));
  int a = 1;
  // CHECK: reference 6
  printf("reference %d\n", through_reference(a));
  // CHECK: locked x 1
  // CHECK: locked x 3
  // CHECK: locked x 6
  std::mutex m;
  int shared = 0;
  for (int i : {1, 2, 3})
    go {
      std::lock_guard<std::mutex> l(m);
      std::string own(1, 'x');
      shared += i;
      printf("locked %s %d\n", own.c_str(), shared);
    };
  // CHECK: chosen 42 9
  int b = 9;
  (a > 2 ? a : b) = 40;
  go { (a > 2 ? a : b) += 2; };
  printf("chosen %d %d\n", a, b);
  // CHECK: depth at exit 0
}
