// A vector that grows while another thread reads its size.
#include "meet.h"
#include <thread>
#include <vector>

static int turn;
std::vector<int> numbers;
size_t seen;

int main() {
  std::thread worker([] {
    numbers.push_back(1);
    hidden_add(&turn);
  });
  hidden_wait(&turn, 1);
  seen = numbers.size();
  worker.join();
  return 0;
}
