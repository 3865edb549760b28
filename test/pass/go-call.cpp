// Methods, references, templates, lambdas, temporaries in arguments, exceptions.
// RUN: %cxx -O0 %s -o %t && %t | FileCheck %s
// RUN: %cxx -O2 %s -o %t && %t | FileCheck %s
#include <redflag/go_stmt.h>
#include <cstdio>
#include <string>

struct Base {
  int k = 4;
  void method(int x) { printf("method %d %d\n", k, x); }
  virtual void dynamic(int x) { printf("Base %d\n", x); }
  static void fixed(int x) { printf("fixed %d\n", x); }
};
struct Derived : Base {
  void dynamic(int x) override { printf("Derived %d\n", x); }
};
template <class T> void generic(T x) { printf("generic %g\n", double(x)); }
template <class T> void starter(T x) { go generic(x); }
void ref(int &x, const std::string &s) { printf("ref %d %s\n", ++x, s.c_str()); }
int length(const std::string &s) { return s.size(); }
void thrower(int x) {
  printf("thrower %d\n", x);
  if (x > 100)
    throw 1;
}

int main(int argc, char **argv) {
  int x = 1;
  std::string text = "hello";
  Derived d;
  Base *p = &d;
  // CHECK: method 4 1
  go d.method(1);
  // CHECK: Derived 2
  go p->dynamic(2);
  // CHECK: Derived 3
  go d.dynamic(3);
  // CHECK: Base 4
  go d.Base::dynamic(4);
  // CHECK: fixed 5
  go Base::fixed(5);
  // CHECK: ref 2 hello
  go ref(x, text);
  // The destructor of the temporary comes after the call that is meant.
  // CHECK: go at go-call.cpp:[[@LINE+2]]:3 in main expr `thrower`
  // CHECK: thrower 8
  go thrower(length(std::string("abc") + text));
  // CHECK: generic 1
  // CHECK: generic 2.5
  starter(1);
  starter(2.5);
  auto lambda = [&](int y) { printf("lambda %d %d\n", x, y); };
  // CHECK: go at {{.*}} expr `lambda`
  // CHECK: lambda 2 3
  go lambda(3);
  // CHECK: depth at exit 0
}
