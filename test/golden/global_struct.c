// A member of an element of an array in a global structure.
#include "meet.h"
#include <pthread.h>

static int turn;
struct node {
  int key;
  struct node *next;
};
struct {
  int used;
  struct node slot[8];
} table;

static void *work(void *arg) {
  (void)arg;
  table.slot[3].next = &table.slot[4];
  hidden_add(&turn);
  return NULL;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, work, NULL);
  hidden_wait(&turn, 1);
  table.slot[3].next = NULL;
  pthread_join(thread, NULL);
  return 0;
}
