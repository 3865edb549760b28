// verdict: clean
// output: 3
// next.c mended with a mutex: read, add and write are done under it, so one goroutine at a time goes through.
#include <redflag/go.h>
#include <stdio.h>

struct counter {
  go_mutex mutex;
  int value; // guarded by mutex
};

static void next(struct counter *c) {
  go_lock(&c->mutex);
  int now = c->value;
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
