// A member of an object.
#include "meet.h"
#include <thread>

static int turn;
class account {
public:
  void deposit(int n) { balance += n; }

private:
  long owner = 0;
  long balance = 0;
};
account shared;

int main() {
  std::thread worker([] {
    shared.deposit(1);
    hidden_add(&turn);
  });
  hidden_wait(&turn, 1);
  shared.deposit(2);
  worker.join();
  return 0;
}
