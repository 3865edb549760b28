// verdict: racy
// race-in: main
// output: 1
// Looking at go_len until a value is there, instead of receiving it: the look orders nothing.
#include <redflag/go.h>
#include <stdio.h>

static int value;

static void set(chan(char) done) {
  value = 1;
  go_send(done, 1);
}

int main(void) {
  chan(char) done = go_make(char, 1);
  go set(done);
  while (go_len(done) == 0)
    go_yield();
  printf("%d\n", value);
}
