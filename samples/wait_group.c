// verdict: clean
// output: done
// The smallest program with a wait group: add before the go statement, done in the goroutine, wait in main.
#include <redflag/go.h>
#include <stdio.h>

int main(void) {
  go_wg wg = {0};
  go_wg_add(&wg, 1);
  go go_wg_done(&wg);
  go_wg_wait(&wg);
  puts("done");
}
