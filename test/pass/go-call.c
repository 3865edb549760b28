// `go` evaluates callee and arguments at the statement and starts the call, whatever it passes and returns.
// RUN: %cc -O0 %s -o %t && %t | FileCheck %s
// RUN: %cc -O2 %s -o %t && %t | FileCheck %s
// RUN: %cc -O2 -fno-redflag %s -o %t && %t | FileCheck %s --check-prefix=PLAIN
// PLAIN: next 2
// PLAIN: exit 3
#include <redflag/go_stmt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct big { long a[10]; };
struct mixed { int i; float f; };
typedef float v4 __attribute__((vector_size(16)));

static void next(int by, int *v) { printf("next %d\n", *v += by); }
static struct big large(struct big b) { printf("large %ld\n", b.a[9]); return b; }
static struct mixed mixed(struct mixed m, char c, short s, long double l) {
  printf("mixed %d %g %c %d %Lg\n", m.i, m.f, c, s, l);
  return m;
}
static void vector(v4 v) { printf("vector %g %g\n", v[0], v[3]); }
static void variadic(const char *f, ...) {
  va_list ap;
  va_start(ap, f);
  vprintf(f, ap);
  va_end(ap);
}
static int pick(void) { puts("pick"); return 40; }
static void none(void) { puts("none"); }
static _Noreturn void last(int status) { printf("exit %d\n", status); exit(0); }
static struct { void (*run)(int, int *); } ops = {next};

int main(int argc, char **argv) {
  int a = 0;
  struct big b = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 77}};
  // CHECK: go at go-call.c:[[@LINE+2]]:3 in main expr `next` type `-` kind 6 {{.*}} depth 1
  // CHECK: next 2
  go next(2, &a);
  // CHECK: pick
  // CHECK: go at {{.*}} expr `ops.run`
  // CHECK: next 42
  go ops.run(pick(), &a);
  // CHECK: large 77
  if (argc) go large(b); else go none();
  // CHECK: mixed 1 2.5 c -3 2.25
  go mixed((struct mixed){1, 2.5f}, 'c', -3, 2.25L);
  // CHECK: vector 1 4
  go vector((v4){1, 2, 3, 4});
  // CHECK: variadic 1 x 2.5
  go variadic("variadic %d %s %g\n", 1, "x", 2.5);
  // CHECK: go at {{.*}} expr `none`
  // CHECK: none
  // CHECK: go at {{.*}} expr `none`
  // CHECK: none
  for (int i = 0; i < 2; i++) go none();
  // CHECK: exit 3
  go last(3);
}
