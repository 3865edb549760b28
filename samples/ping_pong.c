// verdict: clean
// output: 1000
// Without a buffer a channel is a meeting: what each side did before it is visible to the other after it. So the two
// may even share a plain variable, if they take turns at it.
#include <redflag/go.h>
#include <stdio.h>

struct table {
  chan(int) ball;
  int strokes; // whoever has the ball
};

static void player(struct table *t) {
  go_range(left, t->ball) {
    t->strokes++;
    go_send(t->ball, left - 1);
  }
}

int main(void) {
  struct table t = {go_make(int, 0), 0};
  go player(&t);
  for (int left = 1000; left > 0; left -= 2) {
    t.strokes++;
    go_send(t.ball, left - 1);
    go_recv(t.ball);
  }
  go_close(t.ball);
  printf("%d\n", t.strokes);
}
