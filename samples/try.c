// verdict: clean
// output: caught: odd: 3
// output: 2
// go_try returns what a function's panic said; the program goes on.
#include <redflag/go.h>
#include <stdio.h>

static void halve(void *p) {
  int *n = p;
  if (*n % 2)
    go_panic("odd: %d", *n);
  *n /= 2;
}

static void work(int n, chan(int) done) {
  const char *message = go_try(halve, &n);
  if (message)
    printf("caught: %s\n", message);
  go_send(done, message ? -1 : n);
}

int main(void) {
  chan(int) done = go_make(int, 0);
  go work(3, done);
  go_recv(done);
  go work(4, done);
  printf("%d\n", go_recv(done));
  go_free(done);
}
