#include <redflag/go.h>

struct task {
  go_wg *wg;
  int n;
};

static void early(go_wg *wg, int n) {
  if (n < 0)
    return; // Warn
  go_wg_done(wg);
}

static void all(go_wg *wg, int n) {
  if (n < 0) {
    go_wg_done(wg);
    return; // OK
  }
  go_wg_done(wg);
}

static void maybe(go_wg *wg, int n) {
  if (n > 0)
    go_wg_done(wg); // OK: the end cannot tell
}

static void finish(struct task *t) { go_wg_done(t->wg); }

static void given_on(struct task *t) {
  if (t->n) {
    finish(t);
    return; // OK: finish has done it
  }
  go_wg_done(t->wg);
}

static void jumps(go_wg *wg, int n) {
  if (n < 0)
    goto end; // Warn
  go_wg_done(wg);
end:
  return;
}

int main(void) {
  go_wg wg = {0};
  struct task t = {&wg, 1};
  go_wg_add(&wg, 6);
  go early(&wg, 1);
  go all(&wg, 1);
  go maybe(&wg, 1);
  go given_on(&t);
  go jumps(&wg, 1);
  int n = 3;
  go {
    if (n > 2)
      goto out; // Warn
    go_wg_done(&wg);
  out:;
  };
  go_wg_wait(&wg);
}
