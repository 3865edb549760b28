// verdict: clean
// output: 3
// next.c mended with a channel: the number itself goes round. Who has received it owns it, adds one and sends it
// on; nobody else can see it meanwhile. Do not communicate by sharing memory; share memory by communicating.
#include <redflag/go.h>
#include <stdio.h>

static void next(chan(int) number) {
  int c = go_recv(number);
  go_send(number, c + 1);
}

static void run(chan(int) number, go_wg *wg) {
  next(number);
  go_wg_done(wg);
}

int main(void) {
  chan(int) number = go_make(int, 1);
  go_wg wg = {0};
  go_send(number, 0);
  for (int i = 0; i < 3; i++) {
    go_wg_add(&wg, 1);
    go run(number, &wg);
  }
  go_wg_wait(&wg);
  printf("%d\n", go_recv(number));
  go_free(number);
}
