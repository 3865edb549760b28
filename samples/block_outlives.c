// verdict: clean
// output: 1 2 3 4 5 6 7 8 9 10
// Captured locals live as long as a block uses them, though their function has returned: a generator.
#include <redflag/go.h>
#include <stdio.h>

static chan(int) count_to(int last) {
  chan(int) numbers = go_make(int, 0);
  int next = 1;
  go {
    while (next <= last)
      go_send(numbers, next++);
    go_close(numbers);
  };
  return numbers;
}

int main(void) {
  chan(int) numbers = count_to(10);
  const char *blank = "";
  int n;
  while (go_recv2(numbers, &n)) {
    printf("%s%d", blank, n);
    blank = " ";
  }
  printf("\n");
  go_free(numbers);
}
