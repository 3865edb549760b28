// verdict: clean
// output: 4
// read_locks.c mended: who writes takes the write lock.
#include <redflag/go.h>
#include <stdio.h>

struct table {
  go_rwmutex lock;
  int lookups;
  go_wg wg;
};

static void count(struct table *t) {
  go_wlock(&t->lock);
  t->lookups++;
  go_wunlock(&t->lock);
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
