// verdict: clean
// output: 10 10
// 1+2+3+4 from the left and from the right. A sum does not depend on the order of its terms, so two goroutines may
// add in any order, as long as each has a sum of its own.
#include <redflag/go.h>
#include <stdio.h>

static const int terms[] = {1, 2, 3, 4};

static void from_left(int *sum, go_wg *wg) {
  for (int i = 0; i < 4; i++)
    *sum += terms[i];
  go_wg_done(wg);
}

static void from_right(int *sum, go_wg *wg) {
  for (int i = 3; i >= 0; i--)
    *sum += terms[i];
  go_wg_done(wg);
}

int main(void) {
  int left = 0, right = 0;
  go_wg wg = {0};
  go_wg_add(&wg, 2);
  go from_left(&left, &wg);
  go from_right(&right, &wg);
  go_wg_wait(&wg);
  printf("%d %d\n", left, right);
}
