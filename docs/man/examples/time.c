// How long something took.
// output: at least 20 ms
#include <redflag/go.h>
#include <stdio.h>

int main(void) {
  int64_t before = go_now();
  go_sleep(20 * GO_MILLISECOND);
  if (go_now() - before >= 20 * GO_MILLISECOND)
    puts("at least 20 ms");
}
