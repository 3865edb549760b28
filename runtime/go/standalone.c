// The goroutine library without a detector: nobody listens to edges but a sanitizer, and threads are plain pthreads.
#define GO_EDGE
#include "go_standalone.h"

#include <pthread.h>
#include <stdlib.h>

void __rf_host_thread_end(void) {}

int __rf_host_thread(void *(*entry)(void *), void *arg, size_t stack) {
  pthread_attr_t attr;
  pthread_t thread;
  int error = pthread_attr_init(&attr);
  if (error)
    return error;
  pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
  if (stack)
    error = pthread_attr_setstacksize(&attr, stack);
  if (!error)
    error = pthread_create(&thread, &attr, entry, arg);
  pthread_attr_destroy(&attr);
  return error;
}

void __rf_host_exit(int status) { exit(status); }
