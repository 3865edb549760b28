// Two goroutines, and a mutex that only one of them uses.
#include "meet.h"
#include <redflag/go.h>
#include <redflag/sync.h>

static int turn;
static go_mutex guard;
int hits;

static void careful(go_wg *done) {
  go_lock(&guard);
  hits++;
  go_unlock(&guard);
  hidden_add(&turn);
  go_wg_done(done);
}

static void careless(go_wg *done) {
  hidden_wait(&turn, 1);
  hits++;
  go_wg_done(done);
}

int main(void) {
  go_wg done = {0};
  go_wg_add(&done, 2);
  go careful(&done);
  go careless(&done);
  go_wg_wait(&done);
  return 0;
}
