// What a program without the detector, and without our compiler, writes.
#include <redflag/go.h>
#include <stdio.h>

struct sum {
  int from, to;
  chan(int) result;
};

static void add_up(void *p) {
  struct sum *s = p;
  int sum = 0;
  for (int i = s->from; i < s->to; i++)
    sum += i;
  go_send(s->result, sum);
}

int main(void) {
  chan(int) result = go_make(int, 0);
  int sum = 0;
  for (int i = 0; i < 100; i++) {
    struct sum part = {i * 10, i * 10 + 10, result};
    go_copy(add_up, &part, sizeof part);
  }
  for (int i = 0; i < 100; i++)
    sum += go_recv(result);
  go_free(result);
  printf("%d\n", sum);
  return sum != 499500;
}
