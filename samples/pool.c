// verdict: clean
// output: 40
// Putting an item into a pool comes before getting it, so its user needs no lock.
#include <redflag/go.h>
#include <stdio.h>

static go_pool pool;
static int counters[2];

static void count(go_wg *wg) {
  for (int done = 0; done < 10;) {
    int *mine = go_pool_get(&pool);
    if (mine) {
      ++*mine;
      done++;
      go_pool_put(&pool, mine);
    }
    go_yield();
  }
  go_wg_done(wg);
}

int main(void) {
  go_wg wg = {0};
  go_pool_put(&pool, &counters[0]);
  go_pool_put(&pool, &counters[1]);
  go_wg_add(&wg, 4);
  for (int i = 0; i < 4; i++)
    go count(&wg);
  go_wg_wait(&wg);
  printf("%d\n", counters[0] + counters[1]);
}
