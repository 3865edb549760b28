// A member that is read after another thread has deleted its object.
#include "meet.h"
#include <thread>

struct Session {
  long id = 7;
  long bytes = 0;
  int users = 1;
};

static int turn;
int seen;

int main() {
  Session *session = new Session;
  std::thread closer([session] {
    delete session;
    hidden_add(&turn);
  });
  hidden_wait(&turn, 1);
  seen = session->users;
  closer.join();
  return 0;
}
