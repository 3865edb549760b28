// `go { ... }` captures the locals that it names by reference: they move to boxes, a new one each time that their
// declaration is executed, which go when the function and the goroutines are done with them.
// RUN: %cc -O0 %s -o %t && %t | FileCheck %s --implicit-check-not="boxes at exit" --implicit-check-not="which it is not"
// RUN: %cc -O1 %s -o %t && %t | FileCheck %s --implicit-check-not="boxes at exit" --implicit-check-not="which it is not"
// RUN: %cc -O2 -g %s -o %t && %t | FileCheck %s --implicit-check-not="boxes at exit" --implicit-check-not="which it is not"
// RUN: %cc -O3 %s -o %t && %t | FileCheck %s --implicit-check-not="boxes at exit" --implicit-check-not="which it is not"
// RUN: %cc -O2 -g -S -emit-llvm %s -o - | opt -passes=verify -disable-output
// RUN: %cc -O0 -g -S -emit-llvm %s -o - | opt -passes=verify -disable-output
// RUN: %cc -E %s -o %t.i && %cc -O1 %t.i -o %t && %t | FileCheck %s --check-prefix=PLAIN
// RUN: %clang -D__REDFLAG__ -I%include -E %s -o %t.i && %cc -O1 %t.i -o %t && %t | FileCheck %s --check-prefix=PLAIN
// RUN: %cc -save-temps=obj -O1 %s -o %t && %t | FileCheck %s --check-prefix=PLAIN
// RUN: %cc -O2 -fno-redflag %s -o %t && %t | FileCheck %s --check-prefix=PLAIN
// PLAIN: round 0 0 2
// PLAIN: last 42
#include <redflag/go_stmt.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

struct big { long a[10]; };
#define TWICE(statement) { statement statement }
#define START go

// Parameters too, of whatever kind; a result that is captured is not built in the caller's memory.
static __attribute__((noinline)) struct big parameters(struct big b, int n, float f) {
  struct big result = b;
  go { result.a[0] += n + b.a[9] + (long)f; b.a[9] = 0; n++; };
  result.a[1] = b.a[9] + n;
  return result;
}

// A jump may pass by a declaration.
static __attribute__((noinline)) int bypassed(int x) {
  switch (x) {
    int k;
  case 1:
    k = 10;
    go { k++; };
    return k;
  default:
    k = 20;
    go { k += 2; };
    return k;
  }
}

static __attribute__((noinline)) int backwards(void) {
  int *seen[3], n = 0, sum = 0;
again:;
  int fresh = n * 100;
  seen[n++] = &fresh;
  go { fresh++; sum += fresh; };
  if (n < 3)
    goto again;
  return seen[1] == seen[2] ? -1 : sum;
}

static jmp_buf env;
static __attribute__((noinline)) void jump(int to) { longjmp(env, to); }

// Boxes are where longjmp finds them, however often they were renewed.
static __attribute__((noinline)) int jumps(void) {
  volatile int rounds = 0;
  int total = 0;
  setjmp(env);
  for (int i = 0; i < 3; i++) {
    int mine = i;
    go { mine += 1; total += mine; };
    if (rounds++ < 5)
      jump(1);
  }
  return total;
}

static __attribute__((noinline)) long aligned(void) {
  _Alignas(64) char line[64] = {1};
  _Alignas(32) static int kept; // not a local that lives on the stack
  _Atomic long counter = 3;
  go { line[0]++; counter++; kept++; };
  return line[0] + counter + kept + (long)line % 64;
}

static _Noreturn void last(int x) {
  printf("last %d\n", x);
  exit(0);
}

int main(int argc, char **argv) {
  int a = 0;
  // CHECK: box of 4, 4 aligned for main:a:int
  // CHECK: box of 4, 4 aligned for main:k:int
  // CHECK: box of 32, 16 aligned for main:d:double[4]
  // CHECK: [4 boxes] [32] go at go-block.c:[[@LINE+7]]:5 in main expr `main.func1` type `-` kind 6
  // CHECK: round 0 0 2
  // CHECK: round 10 10 2
  // CHECK: round 30 20 2
  for (int i = 0; i < 3; i++) {
    int k = i * 10;
    double d[4] = {0};
    go { a += k; d[i] = 2; printf("round %d %d %g\n", a, k, d[i]); };
  }
  // CHECK: [0 boxes] [0] go {{.*}} expr `main.func2`
  // CHECK: nothing main
  go { printf("nothing %s\n", __func__); };
  // Accesses in the block name it.
  // CHECK: write4 at go-block.c:[[@LINE+1]]:10 in main.func3 expr `a` type `int`
  go { a = 1; };
  // CHECK: inner 3 4 5
  // CHECK: outer 3 4
  go {
    int b = 3;
    go { int c = 5; a = 4; go { printf("inner %d %d %d\n", b, a, c); }; };
    printf("outer %d %d\n", b, a);
  };
  // CHECK: yes
  if (argc) go { puts("yes"); } else go { puts("no"); }
  // CHECK: twice 5
  // CHECK: twice 6
  TWICE(go { printf("twice %d\n", ++a); };)
  // CHECK: start 6
  START { printf("start %d\n", a); };
  // Jumps stay inside.
  // CHECK: jumped 9
  go {
    for (int i = 0;; i++) {
      if (i == 3)
        break;
      a++;
    }
    if (a == 9)
      goto out;
    a = 0;
  out:
    printf("jumped %d\n", a);
  };
  // Never reached, but compiled.
  if (0) {
    int dead = 1;
    go { dead++; };
  }
  struct big b = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}};
  puts("parameters");
  // CHECK-DAG: box of 80, 8 aligned for parameters:b:struct big
  // CHECK-DAG: box of 4, 4 aligned for parameters:n:int
  // CHECK-DAG: box of 4, 4 aligned for parameters:f:float
  // CHECK-DAG: box of 80, 8 aligned for parameters:result:struct big
  // CHECK: result 14 3 10
  struct big r = parameters(b, 2, 1.5f);
  printf("result %ld %ld %ld\n", r.a[0], r.a[1], b.a[9]);
  // CHECK: bypassed 11 22
  printf("bypassed %d %d\n", bypassed(1), bypassed(2));
  // CHECK: backwards 303
  printf("backwards %d\n", backwards());
  // CHECK: jumps 11
  printf("jumps %d\n", jumps());
  // CHECK: aligned 7
  printf("aligned %ld\n", aligned());
  // CHECK: depth at exit 0
  if (argc > 1)
    go { last(argc); };
  a = 42;
  printf("last %d\n", a);
}
