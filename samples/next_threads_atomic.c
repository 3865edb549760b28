// verdict: clean
// output: 3
// next_threads.c mended with a C11 atomic.
#include <stdatomic.h>
#include <stdio.h>
#include <threads.h>

static void next(atomic_int *v) { atomic_fetch_add(v, 1); }

static int run(void *v) {
  next(v);
  return 0;
}

int main(void) {
  atomic_int a = 0;
  thrd_t threads[3];
  for (int i = 0; i < 3; i++)
    thrd_create(&threads[i], run, &a);
  for (int i = 0; i < 3; i++)
    thrd_join(threads[i], NULL);
  printf("%d\n", a);
}
