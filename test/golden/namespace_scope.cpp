// A variable in a namespace, and a lock_guard on one side.
#include "meet.h"
#include <mutex>
#include <thread>

static int turn;
namespace bank {
std::mutex door;
int vault;
} // namespace bank

int main() {
  std::thread worker([] {
    std::lock_guard<std::mutex> hold(bank::door);
    bank::vault = 1;
    hidden_add(&turn);
  });
  hidden_wait(&turn, 1);
  bank::vault = 2;
  worker.join();
  return 0;
}
