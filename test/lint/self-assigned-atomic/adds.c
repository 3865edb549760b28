#include <redflag/go.h>

static int x, y;
struct counter {
  long n;
};

void count(struct counter *c) {
  x = go_add(&x, 1);          // Warn
  c->n = go_add(&c->n, 2);    // Warn
  x = __sync_add_and_fetch(&x, 1); // Warn
  y = go_add(&x, 1);          // OK: another variable
  go_add(&x, 1);              // OK
  int now = go_add(&x, 1);    // OK
  y = now + go_load(&x);      // OK
  x = go_swap(&x, 4);         // Warn
}
