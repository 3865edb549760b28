// Starts goroutines by the forms that every compiler has.
// output: main has number 1 of 1
// output: 42
#include <redflag/go.h>
#include <stdio.h>

struct sum {
  int a, b;
  chan(int) to;
};

static void add(void *p) { // p is the goroutine's own copy
  struct sum *s = p;
  go_send(s->to, s->a + s->b);
}

int main(void) {
  chan(int) result = go_make(int, 0);
  struct sum s = {40, 2, result};
  printf("%s has number %d of %d\n", go_name(), (int)go_id(), (int)go_num());
  go_copy(add, &s, sizeof s);
  s.a = 0; // does not reach the copy
  printf("%d\n", go_recv(result));
  go_free(result);
}
