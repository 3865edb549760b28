// A producer, a consumer, and a select that waits for either of two channels.
// output: sum 10
// output: nothing more to come
#include <redflag/go.h>
#include <stdio.h>

static void produce(int n, chan(int) numbers) {
  for (int i = 1; i <= n; i++)
    go_send(numbers, i);
  go_close(numbers);
}

int main(void) {
  chan(int) numbers = go_make(int, 2); // two may wait in it
  chan(const char *) stop = go_make(const char *, 0);
  int sum = 0, n;
  const char *why;
  bool more = true;
  go produce(4, numbers);
  go_range(v, numbers) // until it is closed and empty
    sum += v;
  printf("sum %d\n", sum);
  switch (go_select(GO_RECV2(numbers, &n, &more), GO_RECV(stop, &why), GO_TIMEOUT(GO_SECOND))) {
  case 0:
    puts(more ? "a number" : "nothing more to come");
    break;
  case 1:
    puts(why);
    break;
  case 2:
    puts("a second has passed");
  }
  go_free(numbers);
  go_free(stop);
}
