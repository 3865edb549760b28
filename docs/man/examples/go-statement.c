// The two forms of the go statement.
// output: 5 squares
#include <redflag/go.h>
#include <stdio.h>

static void square(int n, int *to, go_wg *wg) {
  *to = n * n;
  go_wg_done(wg);
}

int main(void) {
  int squares[5], right = 0;
  go_wg wg = {0};
  for (int i = 0; i < 5; i++) {
    go_wg_add(&wg, 1);
    go square(i, &squares[i], &wg); // arguments are evaluated here
  }
  go_wg_wait(&wg);
  for (int i = 0; i < 5; i++) {
    int n = i; // a new one in each round; i is one for all
    go_wg_add(&wg, 1);
    go {
      if (squares[n] == n * n)
        go_add(&right, 1);
      go_wg_done(&wg);
    };
  }
  go_wg_wait(&wg);
  printf("%d squares\n", right);
}
