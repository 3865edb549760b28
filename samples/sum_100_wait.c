// verdict: clean
// output: 5050
// The sum from 1 to 100, fetched when the goroutine has said that it is done. What happens before go_wg_done
// happens before go_wg_wait returns.
#include <redflag/go.h>
#include <stdio.h>

static void add_up(int n, int *sum, go_wg *wg) {
  for (int i = 1; i <= n; i++)
    *sum += i;
  go_wg_done(wg);
}

int main(void) {
  int sum = 0;
  go_wg wg = {0};
  go_wg_add(&wg, 1);
  go add_up(100, &sum, &wg);
  go_wg_wait(&wg);
  printf("%d\n", sum);
}
