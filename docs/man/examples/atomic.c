// A counter, and a flag that says that something is there.
// output: 1000, and the answer is 42
#include <redflag/go.h>
#include <stdio.h>

static int counter, there;
static int answer; // plain, since the flag comes between

int main(void) {
  go_wg wg = {0};
  go_wg_add(&wg, 10);
  for (int i = 0; i < 10; i++)
    go {
      for (int k = 0; k < 100; k++)
        go_add(&counter, 1);
      go_wg_done(&wg);
    };
  go {
    answer = 42;
    go_store(&there, 1);
  };
  go_wg_wait(&wg);
  while (!go_load(&there))
    go_yield();
  printf("%d, and the answer is %d\n", go_load(&counter), answer);
}
