// A member function of a class template.
#include "meet.h"
#include <thread>

static int turn;
template <class T> struct box {
  T value;
  void put(T v) { value = v; }
};
box<int> shared;

int main() {
  std::thread worker([] {
    shared.put(1);
    hidden_add(&turn);
  });
  hidden_wait(&turn, 1);
  shared.put(2);
  worker.join();
  return 0;
}
