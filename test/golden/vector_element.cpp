// An element of a vector.
#include "meet.h"
#include <thread>
#include <vector>

static int turn;
std::vector<int> numbers(4);

int main() {
  std::thread worker([] {
    numbers[2] = 1;
    hidden_add(&turn);
  });
  hidden_wait(&turn, 1);
  numbers[2] = 2;
  worker.join();
  return 0;
}
