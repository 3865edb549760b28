// verdict: racy
// race-in: next
// output-any: 1|2|3
// A mutex around the write only. Each goroutine may have read before another wrote, so the mending is none: a mutex
// must be held around all that belongs together.
#include <redflag/go.h>
#include <stdio.h>

struct counter {
  go_mutex mutex;
  int value;
};

static void next(struct counter *c) {
  int now = c->value;
  go_lock(&c->mutex);
  c->value = now + 1;
  go_unlock(&c->mutex);
}

static void run(struct counter *c, go_wg *wg) {
  next(c);
  go_wg_done(wg);
}

int main(void) {
  struct counter a = {0};
  go_wg wg = {0};
  for (int i = 0; i < 3; i++) {
    go_wg_add(&wg, 1);
    go run(&a, &wg);
  }
  go_wg_wait(&wg);
  printf("%d\n", a.value);
}
