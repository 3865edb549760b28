// verdict: clean
// output: 5050
// The sum from 1 to 100, sent by the goroutine that made it. The receive waits for the value and orders what came
// before the send; main and the goroutine share no variable but the channel.
#include <redflag/go.h>
#include <stdio.h>

static void add_up(int n, chan(int) result) {
  int sum = 0;
  for (int i = 1; i <= n; i++)
    sum += i;
  go_send(result, sum);
}

int main(void) {
  chan(int) result = go_make(int, 0);
  go add_up(100, result);
  printf("%d\n", go_recv(result));
  go_free(result);
}
