// verdict: racy
// race-in: add_range
// 1 to 100 in two goroutines that add to one sum: each addition reads and writes it, so additions get lost. Mostly
// the output is 5050 all the same, since the first half is done before the second has started.
#include <redflag/go.h>
#include <stdio.h>

static void add_range(int from, int to, int *sum) {
  for (int i = from; i <= to; i++)
    *sum += i;
}

static void run(int from, int to, int *sum, go_wg *wg) {
  add_range(from, to, sum);
  go_wg_done(wg);
}

int main(void) {
  int sum = 0;
  go_wg wg = {0};
  go_wg_add(&wg, 2);
  go run(1, 50, &sum, &wg);
  go run(51, 100, &sum, &wg);
  go_wg_wait(&wg);
  printf("%d\n", sum);
}
