// verdict: racy
// race-in: count
// Writing under a read lock: readers do not exclude each other.
#include <redflag/go.h>
#include <stdio.h>

struct table {
  go_rwmutex lock;
  int lookups;
  go_wg wg;
};

static void count(struct table *t) {
  go_rlock(&t->lock);
  t->lookups++;
  go_runlock(&t->lock);
}

static void run(struct table *t) {
  count(t);
  go_wg_done(&t->wg);
}

int main(void) {
  struct table t = {0};
  for (int i = 0; i < 4; i++) {
    go_wg_add(&t.wg, 1);
    go run(&t);
  }
  go_wg_wait(&t.wg);
  printf("%d\n", t.lookups);
}
