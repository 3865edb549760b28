#include <redflag/go.h>

static int x;

void all(void) {
  // redflag: ignore(self-assigned-atomic): OK, the test wants it
  x = go_add(&x, 1);
  x = go_add(&x, 1); /* redflag: ignore(self-assigned-atomic): OK here too */
  x = 0;             // redflag: ignore(self-assigned-atomic) Warn: without a reason
  x = 1;             // redflag: ignore(no-such-check): Warn
  x = 2;             // redflag: ignore: Warn
}
