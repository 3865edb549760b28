// A string that two threads change.
#include "meet.h"
#include <string>
#include <thread>

static int turn;
std::string text = "abc";

int main() {
  std::thread worker([] {
    text[0] = 'x';
    hidden_add(&turn);
  });
  hidden_wait(&turn, 1);
  text[0] = 'y';
  worker.join();
  return 0;
}
