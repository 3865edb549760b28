// verdict: clean
// output: 6 6
// Go's AddInt32: adds to the variable and returns the new value (C11's atomic_fetch_add returns the old one).
#include <redflag/go.h>
#include <stdio.h>

int main(void) {
  int32_t v = 2;
  int32_t returned = go_add(&v, 4);
  printf("%d %d\n", v, returned);
}
