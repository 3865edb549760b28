// verdict: racy
// race-in: work
// output: 0
// go_wg_add inside the goroutine that it counts: main waits before anything has been added, and so does not wait at
// all. What work writes is then read without order. Add before the go statement.
#include <redflag/go.h>
#include <stdio.h>

static int result;

static void work(go_wg *wg) {
  go_sleep(GO_SECOND / 10); // goroutines start when they like
  go_wg_add(wg, 1);
  result = 1;
  go_wg_done(wg);
}

int main(void) {
  static go_wg wg;
  go work(&wg);
  go_wg_wait(&wg);
  printf("%d\n", result);
  go_sleep(GO_SECOND / 5);
}
