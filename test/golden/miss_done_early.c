// A goroutine that says it is done before its last write.
#include "meet.h"
#include <redflag/go.h>

static int turn;
static go_wg group;
int result;

static void work(void) {
  go_wg_done(&group);
  result = 42;
  hidden_add(&turn);
}

int main(void) {
  go_wg_add(&group, 1);
  go work();
  go_wg_wait(&group);
  hidden_wait(&turn, 1);
  result++;
  return 0;
}
