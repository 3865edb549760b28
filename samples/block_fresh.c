// verdict: clean
// output: 0 10 20
// A local that is declared in the loop is a new one in each round, and belongs to the block of that round.
#include <redflag/go.h>
#include <stdio.h>

int main(void) {
  int seen[3] = {0};
  go_wg wg = {0};
  for (int i = 0; i < 3; i++) {
    int round = i, times_ten = 0;
    go_wg_add(&wg, 1);
    go {
      for (int n = 0; n < 10; n++)
        times_ten += round;
      seen[round] = times_ten;
      go_wg_done(&wg);
    };
  }
  go_wg_wait(&wg);
  printf("%d %d %d\n", seen[0], seen[1], seen[2]);
}
