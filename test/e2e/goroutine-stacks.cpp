// Stacks of goroutines: an overflow says so, whoever else handles faults; exceptions are caught where they are thrown
// and end the program where they are not; goroutines that wait within a handler keep their exceptions apart.
// RUN: %cxx -O1 %s -o %t && %clean %t && env GO_MAXPROCS=1 %clean %t
// RUN: sh -c '%t overflow; test $? = 2' 2>&1 | FileCheck %s --check-prefix=OVERFLOW
// RUN: sh -c 'GO_GUARD=mapped GO_STACK=64K %t overflow; test $? = 2' 2>&1 | FileCheck %s --check-prefix=OVERFLOW
// RUN: sh -c '%t overflow-handled; test $? = 2' 2>&1 | FileCheck %s --check-prefix=OVERFLOW
// RUN: sh -c 'GO_GUARD=none GO_STACK=64K %t overrun; test $? = 2' 2>&1 | FileCheck %s --check-prefix=OVERFLOW
// RUN: %clean %t fault-handled
// RUN: sh -c '%t fault; test $? = 139 -o $? = 245'
// RUN: sh -c '%t uncaught; test $? = 134 -o $? = 250' 2>&1 | FileCheck %s --check-prefix=UNCAUGHT
// OVERFLOW: fatal error: stack overflow
// OVERFLOW: goroutine {{[0-9]+}} [running]:
// OVERFLOW-NEXT: over
// OVERFLOW: created by main in goroutine 1
// OVERFLOW-NEXT: goroutine-stacks.cpp:{{[0-9]+}}
// UNCAUGHT: terminate called after throwing an instance of 'int'
#include <csetjmp>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <redflag/go.h>
#include <stdexcept>
#include <string>

static go_wg wg;

__attribute__((noinline)) static int overflow(volatile char *outer) {
  volatile char here[512];
  here[0] = outer ? outer[0] : 1;
  return overflow(here) + here[0];
}
static void over() { overflow(nullptr); }
static void fault() { *(volatile int *)8 = 1; }

// Goes beyond the stack once, and comes back.
__attribute__((noinline)) static int go_down(int n) {
  volatile char here[1024];
  for (volatile char &c : here)
    c = (char)n;
  return n ? go_down(n - 1) + here[0] : 0;
}
static void overrun() {
  go_down(70);
  go_yield();
}

static void throw_uncaught() { throw 1; }

struct counts {
  int *n;
  ~counts() { ++*n; }
};

static void throw_some(int depth) {
  int destroyed = 0;
  counts c{&destroyed};
  if (depth)
    throw_some(depth - 1);
  throw std::runtime_error("thrown");
}

static void catches(int i) {
  for (int k = 0; k < 5; k++) {
    try {
      throw_some(i % 10);
      abort();
    } catch (const std::runtime_error &e) {
      go_yield(); // another one may throw on this carrier now
      go_sleep(i % 2 * GO_MICROSECOND);
      if (strcmp(e.what(), "thrown"))
        abort();
      try {
        throw; // the same one
      } catch (const std::exception &again) {
        if (&again != &e)
          abort();
      }
    }
    if (std::uncaught_exceptions() || std::current_exception())
      abort();
  }
  go_wg_done(&wg);
}

static jmp_buf back;
static void on_fault(int) { siglongjmp(back, 1); }
static void faults_and_goes_on() {
  if (!sigsetjmp(back, 1))
    fault();
  go_wg_done(&wg);
}

int main(int argc, char **argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "fault-handled" || what == "overflow-handled")
    signal(SIGSEGV, on_fault);
  go_wg_add(&wg, 1);
  if (what == "overflow" || what == "overflow-handled")
    go over();
  else if (what == "overrun")
    go overrun();
  else if (what == "fault")
    go fault();
  else if (what == "fault-handled")
    go faults_and_goes_on();
  else if (what == "uncaught")
    go throw_uncaught();
  else
    go_wg_done(&wg);
  for (int i = 0; what.empty() && i < 100; i++) {
    go_wg_add(&wg, 1);
    go catches(i);
  }
  go_wg_wait(&wg);
}
