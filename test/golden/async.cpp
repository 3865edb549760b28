// std::async, whose result is waited for too late.
#include "meet.h"
#include <future>

static int turn;
int total;

int main() {
  std::future<void> done = std::async(std::launch::async, [] {
    total = 1;
    hidden_add(&turn);
  });
  hidden_wait(&turn, 1);
  total = 2;
  done.get();
  return 0;
}
