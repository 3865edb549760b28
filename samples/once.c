// verdict: clean
// output: 42
// Whoever comes first makes the answer, the others wait for it; every return of go_once_do comes after it.
#include <redflag/go.h>
#include <stdio.h>

static go_once once;
static int answer;

static void think(void *unused) {
  (void)unused;
  answer = 42;
}

static void ask(int *heard, go_wg *wg) {
  go_once_do(&once, think, NULL);
  *heard = answer;
  go_wg_done(wg);
}

int main(void) {
  int heard[3] = {0};
  go_wg wg = {0};
  for (int i = 0; i < 3; i++) {
    go_wg_add(&wg, 1);
    go ask(&heard[i], &wg);
  }
  go_wg_wait(&wg);
  printf("%d\n", heard[0] == heard[1] && heard[1] == heard[2] ? heard[0] : -1);
}
