// verdict: clean
// output: 285 0
// A group waits for all of its bodies; each has a place of its own for the result.
#include <redflag/go.h>
#include <stdio.h>

static int square(void *p) {
  int *n = p;
  *n *= *n;
  return 0;
}

int main(void) {
  go_group group = {0};
  int n[10], sum = 0;
  go_group_limit(&group, 3);
  for (int i = 0; i < 10; i++) {
    n[i] = i;
    go_group_go(&group, square, &n[i]);
  }
  int error = go_group_wait(&group);
  for (int i = 0; i < 10; i++)
    sum += n[i];
  printf("%d %d\n", sum, error);
}
