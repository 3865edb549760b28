// verdict: racy
// race-in: main
// output: 5050
// The sum from 1 to 100, fetched after a second of sleep. The output is right, and the program is wrong: a
// goroutine may take longer than a second, and nothing makes what it wrote visible to main. Time orders nothing.
#include <redflag/go.h>
#include <stdio.h>

static void add_up(int n, int *sum) {
  for (int i = 1; i <= n; i++)
    *sum += i;
}

int main(void) {
  int sum = 0;
  go add_up(100, &sum);
  go_sleep(GO_SECOND);
  printf("%d\n", sum);
}
