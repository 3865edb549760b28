#include <redflag/go.h>

static int result;

static void late(go_wg *wg) {
  go_wg_add(wg, 1); // Warn
  result = 1;
  go_wg_done(wg);
}

static void child(go_wg *wg) { go_wg_done(wg); }

static void parent(go_wg *wg) {
  go_wg_add(wg, 1); // OK: for the goroutine that it starts
  go child(wg);
  go_wg_done(wg);
}

static void own(void) {
  go_wg wg = {0};
  go_wg_add(&wg, 1); // OK: nobody else has it
  go_wg_done(&wg);
}

int main(void) {
  static go_wg wg;
  go late(&wg);
  go_wg_add(&wg, 1); // OK
  go parent(&wg);
  go own();
  go {
    go_wg_add(&wg, 1); // Warn
    result = 2;
    go_wg_done(&wg);
  };
  go_wg_wait(&wg);
}
