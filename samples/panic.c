// verdict: clean
// exit: 2
// stderr: panic: no bread left for 3
// stderr: 	serve
// stderr: created by main in goroutine 1
// A panic that nobody catches ends the program, whoever panics.
#include <redflag/go.h>

static void serve(int guest) {
  if (guest == 3)
    go_panic("no bread left for %d", guest);
}

int main(void) {
  for (int i = 1; i <= 3; i++)
    go serve(i);
  go_sleep(10 * GO_SECOND);
}
