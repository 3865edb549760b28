// verdict: clean
// output: hello
// The greeting of hello.c, waited for: main goes on only when greet has said that it is done.
#include <redflag/go.h>
#include <stdio.h>

static void greet(go_wg *wg) {
  puts("hello");
  go_wg_done(wg);
}

int main(void) {
  go_wg wg = {0};
  go_wg_add(&wg, 1);
  go greet(&wg);
  go_wg_wait(&wg);
}
