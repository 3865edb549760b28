// verdict: clean
// output: 3
// next called three times, one after the other: the base of all the others that start with next.
#include <stdio.h>

static void next(int *v) {
  int c = *v;
  *v = c + 1;
}

int main(void) {
  int a = 0;
  next(&a);
  next(&a);
  next(&a);
  printf("%d\n", a);
}
