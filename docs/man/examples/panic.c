// A panic that is caught, and one of the library's own.
// output: caught: no shelf 7
// output: caught: close of closed channel
#include <redflag/go.h>
#include <stdio.h>

static void look(void *shelf) {
  if (*(int *)shelf > 5)
    go_panic("no shelf %d", *(int *)shelf);
}

static void close_twice(void *unused) {
  chan(int) c = go_make(int, 0);
  go_close(c);
  go_close(c);
}

int main(void) {
  int shelf = 7;
  const char *message = go_try(look, &shelf);
  if (message)
    printf("caught: %s\n", message);
  printf("caught: %s\n", go_try(close_twice, NULL));
}
