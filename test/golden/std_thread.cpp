// A std::thread with a lambda.
#include "meet.h"
#include <thread>

static int turn;
int total;

int main() {
  std::thread worker([] {
    total = 1;
    hidden_add(&turn);
  });
  hidden_wait(&turn, 1);
  total = 2;
  worker.join();
  return 0;
}
