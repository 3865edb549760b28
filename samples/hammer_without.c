// verdict: racy
// race-in: drive
// The workshop of hammer.c in which everybody has a hammer of his own: the count is no longer guarded, and nails
// may be counted once for two.
#include <redflag/go.h>
#include <stdio.h>

struct workshop {
  int driven;
  go_wg carpenters;
};

static void drive(struct workshop *w) { w->driven++; }

static void carpenter(struct workshop *w, int nails) {
  for (int i = 0; i < nails; i++)
    drive(w);
  go_wg_done(&w->carpenters);
}

int main(void) {
  struct workshop w = {0};
  for (int i = 0; i < 4; i++) {
    go_wg_add(&w.carpenters, 1);
    go carpenter(&w, 5);
  }
  go_wg_wait(&w.carpenters);
  printf("%d nails\n", w.driven);
}
