// An array of objects on the heap, cleared by one thread while another uses an element.
#include "meet.h"
#include <cstring>
#include <thread>

static int turn;
struct seat {
  int row;
  bool taken;
};

int main() {
  seat *seats = new seat[10];
  std::thread worker([seats] {
    seats[7].taken = true;
    hidden_add(&turn);
  });
  hidden_wait(&turn, 1);
  std::memset(seats, 0, 10 * sizeof *seats);
  worker.join();
  delete[] seats;
  return 0;
}
