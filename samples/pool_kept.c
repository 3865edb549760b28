// verdict: racy
// race-in: fill
// Using an item after it was put into the pool: it belongs to somebody else by then.
#include <redflag/go.h>
#include <stdio.h>

static go_pool pool;

static void fill(int *item, int v) { *item = v; }

static void use(go_wg *wg) {
  fill(go_pool_get(&pool), 1);
  go_wg_done(wg);
}

int main(void) {
  int item = 0;
  go_wg wg = {0};
  go_pool_put(&pool, &item);
  go_wg_add(&wg, 1);
  go use(&wg);
  fill(&item, 2);
  go_wg_wait(&wg);
  printf("%d\n", item);
}
