// C++ objects of clang -fsanitize=thread: pointers to virtual tables, exceptions through frames, longjmp over them.
// RUN: clang++-19 -g -O1 -fsanitize=thread -c %s -o %t.o && %cxx %t.o -o %t
// RUN: %racy %t vptr | FileCheck %s --check-prefix=VPTR
// RUN: %clean -n 3 %t virtual
// RUN: %clean -n 3 %t static
// RUN: %racy %t throw | FileCheck %s --check-prefix=THROW
// RUN: %racy %t jump | FileCheck %s --check-prefix=JUMP
// VPTR: Write by {{.*}}Base::~Base()
// THROW: Write by main
// THROW: #0 touch(long*) {{.*}}foreign-cpp.cpp
// THROW-NEXT: #1 main {{.*}}foreign-cpp.cpp
// THROW-NEXT: holding
// JUMP: Write by main
// JUMP: #0 touch(long*) {{.*}}foreign-cpp.cpp
// JUMP-NEXT: #1 main {{.*}}foreign-cpp.cpp
// JUMP-NEXT: holding
#include "Inputs/meet.h"
#include <csetjmp>
#include <cstring>
#include <string>
#include <thread>

static int turn;
long shared; // not static: stores that nobody reads would go

struct Base {
  long value = 0;
  virtual ~Base() { value = 1; }
  virtual void call() {}
};
struct Derived : Base {
  ~Derived() override {}
  void call() override { value++; }
};

__attribute__((noinline)) static void touch(long *p) { *p = 1; }

__attribute__((noinline)) static void thrower(int depth) {
  if (depth == 0)
    throw depth;
  thrower(depth - 1);
  touch(&shared); // keeps the call from being the last
}

static jmp_buf back;
__attribute__((noinline)) static void jumper(int depth) {
  if (depth == 0)
    longjmp(back, 1);
  jumper(depth - 1);
  touch(&shared);
}

static std::string &name() {
  static std::string n = "a string longer than the short ones that lie in the object itself";
  return n;
}

int main(int argc, char **argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "vptr") {
    Base *p = new Derived;
    std::thread t([&] {
      p->call();
      hidden_add(&turn);
    });
    hidden_wait(&turn, 1);
    p->~Base();
    t.join();
  } else if (what == "virtual") {
    Base *p = new Derived;
    std::thread t([&] { p->call(); });
    t.join();
    delete p;
  } else if (what == "static") {
    std::thread a([] { name().size(); }), b([] { name().size(); });
    a.join(), b.join();
  } else {
    std::thread t([] {
      touch(&shared);
      hidden_add(&turn);
    });
    hidden_wait(&turn, 1);
    for (volatile int i = 0; i < 20000; i = i + 1) {
      if (what == "throw") {
        try {
          thrower(20);
        } catch (int) {
        }
      } else if (!setjmp(back)) {
        jumper(20);
      }
    }
    touch(&shared);
    t.join();
  }
}
