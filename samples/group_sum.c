// verdict: racy
// race-in: add
// The bodies of a group are not ordered among themselves: a common sum needs a lock.
#include <redflag/go.h>
#include <stdio.h>

static int sum;

static int add(void *p) {
  int *n = p;
  sum += *n;
  return 0;
}

int main(void) {
  go_group group = {0};
  int n[4] = {1, 2, 3, 4};
  for (int i = 0; i < 4; i++)
    go_group_go(&group, add, &n[i]);
  go_group_wait(&group);
  printf("%d\n", sum);
}
