// verdict: racy
// race-in: main
// Closing a channel while somebody may still send: the send may come too late and panic. The detector reports it
// even when it went well.
#include <redflag/go.h>

static void send_one(chan(int) c) { go_send(c, 1); }

int main(void) {
  chan(int) c = go_make(int, 1);
  go send_one(c);
  while (!go_len(c)) // it has been sent; but looking at the length orders nothing
    go_sleep(GO_SECOND / 10);
  go_close(c);
}
