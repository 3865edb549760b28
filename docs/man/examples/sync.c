// A table that is made once and read by many, under a reader-writer mutex; and a queue with a condition.
// output: made
// output: 30 looked up, 3 taken
#include <redflag/go.h>
#include <stdio.h>

static go_once once;
static go_rwmutex table_lock;
static int table[10], looked_up;

static go_mutex queue_lock;
static go_cond not_empty;
static int queued, taken;

static void make_table(void *unused) {
  puts("made");
  for (int i = 0; i < 10; i++)
    table[i] = i;
}

static void look_up(go_wg *wg) {
  go_once_do(&once, make_table, NULL);
  for (int i = 0; i < 10; i++) {
    go_rlock(&table_lock);
    go_add(&looked_up, table[i] == i);
    go_runlock(&table_lock);
  }
  go_lock(&queue_lock);
  queued++;
  go_cond_signal(&not_empty);
  go_unlock(&queue_lock);
  go_wg_done(wg);
}

int main(void) {
  go_wg wg = {0};
  go_wg_add(&wg, 3); // before the go statements
  for (int i = 0; i < 3; i++)
    go look_up(&wg);
  go_lock(&queue_lock);
  while (taken < 3) {
    while (!queued)
      go_cond_wait(&not_empty, &queue_lock);
    queued--;
    taken++;
  }
  go_unlock(&queue_lock);
  go_wg_wait(&wg);
  printf("%d looked up, %d taken\n", looked_up, taken);
}
