// An object that is deleted while another thread uses it.
#include "meet.h"
#include <thread>

static int turn;
struct job {
  int id = 0;
};

int main() {
  job *work = new job;
  std::thread worker([work] {
    work->id = 1;
    hidden_add(&turn);
  });
  hidden_wait(&turn, 1);
  delete work;
  worker.join();
  return 0;
}
