// A buffer that is copied while another thread writes it.
#include "meet.h"
#include <pthread.h>
#include <string.h>

static int turn;
char message[32];
char copy[32];

static void *work(void *arg) {
  (void)arg;
  memcpy(copy, message, sizeof copy);
  hidden_add(&turn);
  return NULL;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, work, NULL);
  hidden_wait(&turn, 1);
  message[4] = 'x';
  pthread_join(thread, NULL);
  return 0;
}
