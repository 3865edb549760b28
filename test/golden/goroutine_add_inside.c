// A goroutine that adds itself to the wait group while main already waits.
#include "meet.h"
#include <redflag/go.h>

static go_wg group;
static int turn;

static void first(void) {
  hidden_wait(&turn, 1);
  go_sleep(GO_SECOND / 10);
  go_wg_done(&group);
}

static void second(void) {
  go_wg_add(&group, 1);
  hidden_add(&turn);
  go_wg_done(&group);
}

int main(void) {
  go second();
  hidden_wait(&turn, 1);
  go_wg_add(&group, 1);
  go first();
  go_wg_wait(&group);
  return 0;
}
