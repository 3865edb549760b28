// verdict: racy
// race-in: step
// Looking at the goroutines orders nothing, even when the list shows that one of them waits.
#include <redflag/go.h>

static int steps;

static void step(void) { steps++; }

static void work(chan(int) done) {
  step();
  go_recv(done);
}

int main(void) {
  chan(int) done = go_make(int, 0);
  go work(done);
  go_sleep(GO_SECOND / 10);
  go_dump(2);
  step();
  go_send(done, 1);
}
