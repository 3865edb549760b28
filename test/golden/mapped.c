// Memory of a mapping that two threads write.
#include "meet.h"
#include <pthread.h>
#include <sys/mman.h>

static int turn;

static void *work(void *arg) {
  int *p = arg;
  p[100] = 1;
  hidden_add(&turn);
  return NULL;
}

int main(void) {
  pthread_t thread;
  int *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  pthread_create(&thread, NULL, work, p);
  hidden_wait(&turn, 1);
  p[100] = 2;
  pthread_join(thread, NULL);
  munmap(p, 4096);
  return 0;
}
