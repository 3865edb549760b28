// A reference to a local.
#include "meet.h"
#include <thread>

static int turn;
static void set(int &slot, int v) { slot = v; }

int main() {
  int value = 0;
  std::thread worker([&value] {
    set(value, 1);
    hidden_add(&turn);
  });
  hidden_wait(&turn, 1);
  set(value, 2);
  worker.join();
  return 0;
}
