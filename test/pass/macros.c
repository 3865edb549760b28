// An access inside a macro is named by what the programmer wrote, not by what the macro expands to.
// RUN: %cc -O0 %s -o %t && %t | FileCheck %s --implicit-check-not=go__ --implicit-check-not=__inner
// RUN: %cc -O2 %s -o %t && %t | FileCheck %s --implicit-check-not=go__ --implicit-check-not=__inner
#include <redflag/chan.h>

struct channel;
chan(int) shared;
int value, other, *where = &other;
struct go_chan *go__chan_make(size_t n, int64_t cap) { return 0; }
void go__chan_send_own(struct go_chan *c, const void *elem) { __asm__ volatile("" : : "r"(elem) : "memory"); }

#define ADD(x, n) ((x) += (n))
#define SWAP(a, b)                                                                                           \
  do {                                                                                                       \
    int __inner = a;                                                                                         \
    a = b;                                                                                                   \
    b = __inner;                                                                                             \
  } while (0)

int main(void) {
  // CHECK: read{{.*}} at macros.c:[[@LINE+1]]:3 in main expr `go_send(shared, value)`
  go_send(shared, value);
  // CHECK: write4 at macros.c:[[@LINE+1]]:{{.*}} in main expr `value` type `int`
  ADD(value, 2);
  // CHECK: write4 at macros.c:[[@LINE+1]]:3 in main expr `SWAP(value, *where)`
  SWAP(value, *where);
  return 0;
}
