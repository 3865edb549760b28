// A flag that is loaded in relaxed order acquires nothing.
#include <pthread.h>
#include <stdatomic.h>

static atomic_int ready;
int result;

static void *work(void *arg) {
  result = 42;
  atomic_store_explicit(&ready, 1, memory_order_release);
  return arg;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, work, NULL);
  while (!atomic_load_explicit(&ready, memory_order_relaxed))
    ;
  result++;
  pthread_join(thread, NULL);
  return 0;
}
