// verdict: racy
// race-in: next
// output-any: 1|2|3
// next.c in C11 threads.
#include <stdio.h>
#include <threads.h>

static void next(int *v) {
  int c = *v;
  *v = c + 1;
}

static int run(void *v) {
  next(v);
  return 0;
}

int main(void) {
  int a = 0;
  thrd_t threads[3];
  for (int i = 0; i < 3; i++)
    thrd_create(&threads[i], run, &a);
  for (int i = 0; i < 3; i++)
    thrd_join(threads[i], NULL);
  printf("%d\n", a);
}
