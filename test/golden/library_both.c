// Two library functions on one string.
#include "meet.h"
#include <pthread.h>
#include <string.h>

static int turn;
char name[16] = "redflag";
size_t length;

static void *work(void *arg) {
  (void)arg;
  length = strlen(name);
  hidden_add(&turn);
  return NULL;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, work, NULL);
  hidden_wait(&turn, 1);
  strcpy(name, "other");
  pthread_join(thread, NULL);
  return 0;
}
