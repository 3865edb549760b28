// verdict: clean
// output: hello
// hello_waited.c in the function form, which any C11 compiler takes.
#define REDFLAG_NO_KEYWORDS
#include <redflag/go.h>
#include <stdio.h>

static void greet(void *wg) {
  puts("hello");
  go_wg_done(wg);
}

int main(void) {
  go_wg wg = {0};
  go_wg_add(&wg, 1);
  go_func(greet, &wg);
  go_wg_wait(&wg);
}
