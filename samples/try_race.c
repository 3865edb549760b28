// verdict: racy
// race-in: work
// Catching a panic orders nothing: whoever counts what was caught needs a lock as for any other count.
#include <redflag/go.h>
#include <stdio.h>

static int failures;

static void fail(void *unused) {
  (void)unused;
  go_panic("out of luck");
}

static void work(go_wg *wg) {
  if (go_try(fail, NULL))
    failures++;
  go_wg_done(wg);
}

int main(void) {
  go_wg wg = {0};
  go_wg_add(&wg, 2);
  go work(&wg);
  go work(&wg);
  go_wg_wait(&wg);
  printf("%d\n", failures);
}
