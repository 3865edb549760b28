// Three ticks, and a timer that is stopped before it fires.
// output: tick
// output: tick
// output: tick
// output: stopped
#include <redflag/go.h>
#include <stdio.h>

static void too_late(void *unused) { puts("too late"); }

int main(void) {
  chan(int64_t) ticks = go_make(int64_t, 1); // with room for one
  go_timer every = go_ticker(ticks, 5 * GO_MILLISECOND);
  go_timer limit = go_after_func(GO_MINUTE, too_late, NULL);
  for (int i = 0; i < 3; i++) {
    go_recv(ticks);
    puts("tick");
  }
  go_timer_stop(every);
  go_free(ticks); // nobody sends any more
  if (go_timer_stop(limit))
    puts("stopped");
}
