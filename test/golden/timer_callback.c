// The function of a timer.
#include "meet.h"
#include <redflag/timer.h>

static int turn;
int ticks;

static void tick(void *arg) {
  (void)arg;
  ticks++;
  hidden_add(&turn);
}

int main(void) {
  go_after_func(1, tick, NULL);
  hidden_wait(&turn, 1);
  ticks = 0;
  return 0;
}
