// The result of a goroutine, read without waiting for it.
#include "meet.h"
#include <redflag/go.h>

static int turn;

static void compute(int *result) {
  *result = 42;
  hidden_add(&turn);
}

int main(void) {
  int result = 0;
  go compute(&result);
  hidden_wait(&turn, 1);
  return result == 41;
}
