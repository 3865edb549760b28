// A flag that is stored in relaxed order publishes nothing.
#include <pthread.h>
#include <stdatomic.h>

static atomic_int ready;
int result;

static void *work(void *arg) {
  result = 42;
  atomic_store_explicit(&ready, 1, memory_order_relaxed);
  return arg;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, work, NULL);
  while (!atomic_load_explicit(&ready, memory_order_acquire))
    ;
  result++;
  pthread_join(thread, NULL);
  return 0;
}
