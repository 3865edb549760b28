// A static member of a class.
#include "meet.h"
#include <thread>

static int turn;
struct config {
  static int level;
};
int config::level = 1;

int main() {
  std::thread worker([] {
    config::level = 2;
    hidden_add(&turn);
  });
  hidden_wait(&turn, 1);
  config::level = 3;
  worker.join();
  return 0;
}
