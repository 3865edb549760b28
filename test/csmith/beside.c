// A thread that does nothing for as long as the program runs.
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static void *wait_for_ever(void *arg) {
  for (;;)
    pause();
  return arg;
}

__attribute__((constructor)) static void start(void) {
  pthread_t t;
  if (pthread_create(&t, NULL, wait_for_ever, NULL) || pthread_detach(t))
    abort();
}
