// A panic that is caught leaves no calls behind: neither in the stacks of later reports, nor ever more of them.
// RUN: for o in -O0 -O2; do %cc $o -fno-inline %s -o %t && %clean %t many && %racy %t | FileCheck %s || exit 1; done
// CHECK: WARNING: Redflag: data race on variable `shared`
// CHECK: #0 touch
// CHECK-NEXT: #1 body
// CHECK-NEXT: holding
// CHECK: #0 touch
// CHECK-NEXT: #1 body
// CHECK-NEXT: holding
#include <redflag/go.h>

static int shared;

static void deep(int n) {
  int kept = n;
  if (n)
    deep(n - 1);
  else
    go_panic("here");
  shared = kept;
}

static void run(void *p) { deep(3); }
static void touch(void) { shared++; }

static void body(void) {
  if (go_try(run, NULL))
    touch();
}

int main(int argc, char **argv) {
  for (int i = 0; argc > 1 && i < 300000; i++) // a stack of a million calls would be told
    if (!go_try(run, NULL))
      return 1;
  if (argc > 1)
    return 0;
  go body();
  go body();
  while (go_num() > 1)
    go_sleep(GO_MILLISECOND);
}
