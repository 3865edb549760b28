// verdict: clean
// output: ready
// Closing a channel tells everyone who receives from it, and orders what was done before.
#include <redflag/go.h>
#include <stdio.h>

static const char *message;

static void prepare(chan(char) done) {
  message = "ready";
  go_close(done);
}

int main(void) {
  chan(char) done = go_make(char, 0);
  go prepare(done);
  go_recv(done);
  puts(message);
  go_free(done);
}
