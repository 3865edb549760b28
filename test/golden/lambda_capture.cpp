// A local that a lambda captures by reference.
#include "meet.h"
#include <thread>

static int turn;

int main() {
  int sum = 0;
  std::thread worker([&sum] {
    sum += 1;
    hidden_add(&turn);
  });
  hidden_wait(&turn, 1);
  sum += 2;
  worker.join();
  return 0;
}
