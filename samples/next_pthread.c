// verdict: racy
// race-in: next
// output-any: 1|2|3
// next.c in plain POSIX threads.
#include <pthread.h>
#include <stdio.h>

static void next(int *v) {
  int c = *v;
  *v = c + 1;
}

static void *run(void *v) {
  next(v);
  return NULL;
}

int main(void) {
  int a = 0;
  pthread_t threads[3];
  for (int i = 0; i < 3; i++)
    pthread_create(&threads[i], NULL, run, &a);
  for (int i = 0; i < 3; i++)
    pthread_join(threads[i], NULL);
  printf("%d\n", a);
}
