// verdict: racy
// race-in: start
// Nor does a local that has outlived its function belong to one goroutine: two blocks capture the same one.
#include <redflag/go.h>
#include <stdio.h>

static void start(go_wg *wg) {
  int left = 2;
  for (int i = 0; i < 2; i++)
    go {
      if (--left == 0)
        printf("the last one\n");
      go_wg_done(wg);
    };
}

int main(void) {
  go_wg wg = {0};
  go_wg_add(&wg, 2);
  start(&wg);
  go_wg_wait(&wg);
}
