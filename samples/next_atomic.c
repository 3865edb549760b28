// verdict: clean
// output: 3
// next.c mended with an atomic: read, add and write are one step that nobody can come between.
#include <redflag/go.h>
#include <stdio.h>

static void next(int32_t *v) { go_add(v, 1); }

static void run(int32_t *v, go_wg *wg) {
  next(v);
  go_wg_done(wg);
}

int main(void) {
  int32_t a = 0;
  go_wg wg = {0};
  for (int i = 0; i < 3; i++) {
    go_wg_add(&wg, 1);
    go run(&a, &wg);
  }
  go_wg_wait(&wg);
  printf("%d\n", a);
}
