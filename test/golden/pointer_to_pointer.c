// A pointer that one thread sets when it first needs it, and another too.
#include "meet.h"
#include <pthread.h>

static int turn;
static char *buffer;
static char storage[2][64];

static char *get_buffer(int who) {
  if (!buffer)
    buffer = storage[who];
  return buffer;
}

static void *work(void *arg) {
  (void)arg;
  get_buffer(0);
  hidden_add(&turn);
  return NULL;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, work, NULL);
  hidden_wait(&turn, 1);
  get_buffer(1);
  pthread_join(thread, NULL);
  return 0;
}
