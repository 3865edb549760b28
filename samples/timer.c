// verdict: clean
// output: 3 ticks, then 42
// What was written before a timer is armed is known to what the timer does.
#include <redflag/go.h>
#include <stdio.h>

struct answer {
  int value;
  chan(int) out;
};

static void tell(void *p) {
  struct answer *a = p;
  go_send(a->out, a->value);
}

int main(void) {
  struct answer a = {0, go_make(int, 0)};
  chan(int64_t) ticks = go_make(int64_t, 1);
  go_timer ticker = go_ticker(ticks, 10 * GO_MILLISECOND);
  int n = 0;
  while (n < 3) {
    go_recv(ticks);
    n++;
  }
  go_timer_stop(ticker);
  go_free(ticks);
  a.value = 42;
  go_after_func(10 * GO_MILLISECOND, tell, &a);
  printf("%d ticks, then ", n);
  printf("%d\n", go_recv(a.out));
  go_free(a.out);
}
