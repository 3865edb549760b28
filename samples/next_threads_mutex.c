// verdict: clean
// output: 3
// next_threads.c mended with a C11 mutex.
#include <stdio.h>
#include <threads.h>

static mtx_t mutex;

static void next(int *v) {
  mtx_lock(&mutex);
  int c = *v;
  *v = c + 1;
  mtx_unlock(&mutex);
}

static int run(void *v) {
  next(v);
  return 0;
}

int main(void) {
  int a = 0;
  thrd_t threads[3];
  mtx_init(&mutex, mtx_plain);
  for (int i = 0; i < 3; i++)
    thrd_create(&threads[i], run, &a);
  for (int i = 0; i < 3; i++)
    thrd_join(threads[i], NULL);
  mtx_destroy(&mutex);
  printf("%d\n", a);
}
