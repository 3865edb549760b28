// verdict: clean
// output: 5050
// halves.c mended: every addition is atomic.
#include <redflag/go.h>
#include <stdio.h>

static void add_range(int from, int to, int32_t *sum) {
  for (int i = from; i <= to; i++)
    go_add(sum, i);
}

static void run(int from, int to, int32_t *sum, go_wg *wg) {
  add_range(from, to, sum);
  go_wg_done(wg);
}

int main(void) {
  int32_t sum = 0;
  go_wg wg = {0};
  go_wg_add(&wg, 2);
  go run(1, 50, &sum, &wg);
  go run(51, 100, &sum, &wg);
  go_wg_wait(&wg);
  printf("%d\n", sum);
}
