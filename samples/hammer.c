// verdict: clean
// output: 20 nails
// Several carpenters, many nails, one hammer. Whoever holds the hammer drives nails; the others wait for it. The
// mutex is the hammer: it orders everything that its holders do.
#include <redflag/go.h>
#include <stdio.h>

struct workshop {
  go_mutex hammer;
  int driven; // guarded by hammer
  go_wg carpenters;
};

static void drive(struct workshop *w) {
  go_lock(&w->hammer);
  w->driven++;
  go_unlock(&w->hammer);
}

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
