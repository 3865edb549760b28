// verdict: racy
// race-in: main
// Waiting for long enough is no order: the timer's function may still be at work, however unlikely.
#include <redflag/go.h>
#include <stdio.h>

static int answer;

static void think(void *unused) {
  (void)unused;
  answer = 42;
}

int main(void) {
  go_after_func(10 * GO_MILLISECOND, think, NULL);
  go_sleep(GO_SECOND);
  printf("%d\n", answer);
}
