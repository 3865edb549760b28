// verdict: clean
// output: too late
// Select waits for the first of several things; here nobody ever sends.
#include <redflag/go.h>
#include <stdio.h>

int main(void) {
  chan(int) c = go_make(int, 0);
  int v;
  switch (go_select(GO_RECV(c, &v), GO_TIMEOUT(GO_SECOND / 10))) {
  case 0:
    printf("%d\n", v);
    break;
  case 1:
    puts("too late");
  }
  go_free(c);
}
