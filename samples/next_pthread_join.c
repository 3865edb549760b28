// verdict: clean
// output: 3
// next_pthread.c mended by joining each thread before the next one starts: no two run at once.
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
  for (int i = 0; i < 3; i++) {
    pthread_t thread;
    pthread_create(&thread, NULL, run, &a);
    pthread_join(thread, NULL);
  }
  printf("%d\n", a);
}
