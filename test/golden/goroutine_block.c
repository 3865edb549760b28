// A block that runs as a goroutine, and a local that it captures.
#include "meet.h"
#include <redflag/go.h>

static int turn;

int main(void) {
  int sum = 0;
  go {
    sum += 1;
    hidden_add(&turn);
  }
  hidden_wait(&turn, 1);
  sum += 2;
  return sum == 9;
}
