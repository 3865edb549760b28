// A channel that is closed without order with a send on it.
#include "meet.h"
#include <redflag/go.h>

static int turn;

static void work(chan(int) values) {
  go_send(values, 1);
  hidden_add(&turn);
}

int main(void) {
  chan(int) values = go_make(int, 1);
  go work(values);
  hidden_wait(&turn, 1);
  go_close(values);
  return 0;
}
