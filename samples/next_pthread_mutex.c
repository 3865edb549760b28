// verdict: clean
// output: 3
// next_pthread.c mended with a mutex.
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void next(int *v) {
  pthread_mutex_lock(&mutex);
  int c = *v;
  *v = c + 1;
  pthread_mutex_unlock(&mutex);
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
