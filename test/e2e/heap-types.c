// What a heap block is allocated as is known from the source: by sizeof, by the pointer that gets the block. The path
// of a field follows from the offset, also where the access is a library function's.
// RUN: %cc -O1 %s -o %t && %racy %t | FileCheck %s
// RUN: %cc -O0 %s -o %t && %racy %t | FileCheck %s
#include "Inputs/meet.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static int turn;
struct point {
  int x, y;
};
struct node {
  long key;
  struct node *next;
  struct point at[2];
};
typedef struct {
  int n;
  struct point p;
} pair;

static void *work(void *arg) {
  void **v = arg;
  memset((char *)v[0] + 2 * sizeof(struct node) + 24, 1, 4);
  ((int *)v[1])[3] = 2;
  ((pair *)v[2])->p.y = 1;
  ((char *)v[3])[5] = 1;
  *(int *)v[4] = 1;
  ((struct node *)v[5])->next = 0;
  ((char *)v[5])[sizeof(struct node) + 5] = 1;
  hidden_add(&turn);
  return NULL;
}

int main(void) {
  pthread_t thread;
  struct node *list = malloc(4 * sizeof *list);
  int *ints = calloc(10, sizeof(int));
  pair *one = (pair *)malloc(sizeof(pair));
  char *bytes = malloc(100);
  void *anything = malloc(16);
  struct node *tailed = malloc(sizeof *tailed + 100);
  void *v[] = {list, ints, one, bytes, anything, tailed};
  pthread_create(&thread, NULL, work, v);
  hidden_wait(&turn, 1);
  // CHECK: at offset 88 of a heap block of 128 bytes (struct node[4], in [2].at[1].x)
  memset(list, 0, 4 * sizeof *list);
  // CHECK: data race on `ints[3]` {{.*}} of a heap block of 40 bytes (int[10], in [3])
  ints[3]++;
  // CHECK: data race on `one->p.y` {{.*}} of a heap block of 12 bytes (pair, in ->p.y)
  one->p.y++;
  // CHECK: data race on `bytes[5]` {{.*}} of a heap block of 100 bytes (char[100], in [5])
  bytes[5]++;
  // CHECK: data race on `*(int *)anything` {{.*}} of a heap block of 16 bytes{{$}}
  *(int *)anything = 2;
  // CHECK: data race on `tailed->next` {{.*}} of a heap block of 132 bytes (struct node, in ->next)
  tailed->next = tailed;
  // What follows the structure is no part of it.
  // CHECK: of a heap block of 132 bytes (struct node){{$}}
  ((char *)tailed)[sizeof(struct node) + 5] = 2;
  pthread_join(thread, NULL);
  return 0;
}
