// A goroutine that adds itself to the wait group when main has already waited.
#include "meet.h"
#include <redflag/go.h>

static go_wg group;
static int turn;
int result;
int seen;

static void work(void) {
  hidden_wait(&turn, 1);
  go_wg_add(&group, 1);
  result = 1;
  go_wg_done(&group);
  hidden_add(&turn);
}

int main(void) {
  go work();
  go_wg_wait(&group);
  hidden_add(&turn);
  hidden_wait(&turn, 2);
  seen = result;
  return 0;
}
