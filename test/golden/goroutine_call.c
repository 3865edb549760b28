// A goroutine that calls a function.
#include "meet.h"
#include <redflag/go.h>
#include <redflag/sync.h>

static int turn;
int total;

static void add(int n) {
  total += n;
  hidden_add(&turn);
}

int main(void) {
  go add(3);
  hidden_wait(&turn, 1);
  total += 4;
  return 0;
}
