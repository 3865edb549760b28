// verdict: racy
// race-in: main
// The variable of a for statement is one for all rounds. Blocks that start in the rounds read it while the loop goes
// on to change it; what they see is anybody's guess.
#include <redflag/go.h>
#include <stdio.h>

int main(void) {
  int seen[3] = {0};
  go_wg wg = {0};
  for (int i = 0; i < 3; i++) {
    int *mine = &seen[i];
    go_wg_add(&wg, 1);
    go {
      *mine = i;
      go_wg_done(&wg);
    };
  }
  go_wg_wait(&wg);
}
