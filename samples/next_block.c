// verdict: racy
// race-in: next
// output-any: 1|2|3
// next.c with blocks instead of calls: a and wg are captured by reference.
#include <redflag/go.h>
#include <stdio.h>

static void next(int *v) {
  int c = *v;
  *v = c + 1;
}

int main(void) {
  int a = 0;
  go_wg wg = {0};
  for (int i = 0; i < 3; i++) {
    go_wg_add(&wg, 1);
    go {
      next(&a);
      go_wg_done(&wg);
    };
  }
  go_wg_wait(&wg);
  printf("%d\n", a);
}
