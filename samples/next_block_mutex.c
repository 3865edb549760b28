// verdict: clean
// output: 3
// A local mutex that all blocks capture is one mutex.
#include <redflag/go.h>
#include <stdio.h>

int main(void) {
  int a = 0;
  go_wg wg = {0};
  go_mutex mutex = {0};
  for (int i = 0; i < 3; i++) {
    go_wg_add(&wg, 1);
    go {
      go_lock(&mutex);
      a++;
      go_unlock(&mutex);
      go_wg_done(&wg);
    };
  }
  go_wg_wait(&wg);
  printf("%d\n", a);
}
