// verdict: racy
// race-in: next
// output-any: 1|2|3
// Three goroutines run next at once. Each reads, adds one and writes; between one's read and its write another may
// do the same, and then both write the same number. The output is 3, 2 or 1, almost always 3.
#include <redflag/go.h>
#include <stdio.h>

static void next(int *v) {
  int c = *v;
  *v = c + 1;
}

static void run(int *v, go_wg *wg) {
  next(v);
  go_wg_done(wg);
}

int main(void) {
  int a = 0;
  go_wg wg = {0};
  for (int i = 0; i < 3; i++) {
    go_wg_add(&wg, 1);
    go run(&a, &wg);
  }
  go_wg_wait(&wg);
  printf("%d\n", a);
}
