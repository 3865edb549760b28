// Use after free: the report names the block that was, who allocated it, and where in it the access lies; when many
// blocks were released since, it gives the address.
// RUN: %cc -O1 %s -o %t
// RUN: %racy %t small | FileCheck %s --check-prefixes=SMALL,COMMON
// RUN: %racy %t large | FileCheck %s --check-prefixes=LARGE,COMMON
// RUN: %racy %t moved | FileCheck %s --check-prefixes=MOVED,COMMON
// RUN: %racy %t aligned | FileCheck %s --check-prefixes=ALIGNED,COMMON
// RUN: %racy %t again | FileCheck %s --check-prefixes=AGAIN,COMMON
// RUN: %racy %t forgotten | FileCheck %s --check-prefix=FORGOTTEN
#include "Inputs/meet.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct item {
  long key, value;
  int count;
};
enum { OTHERS = 50000 };

static int turn;
static struct item *item;
static void *others[OTHERS];
int seen;

// SMALL: use after free on `kept->count` (int, 4 bytes) at offset 16 of a freed heap block of 24 bytes
// LARGE: use after free on `kept->count` (int, 4 bytes) at offset 16 of a freed heap block of 20000 bytes
// MOVED: use after free on `kept->count` (int, 4 bytes) at offset 16 of a freed heap block of 24 bytes
// ALIGNED: use after free on `kept->count` (int, 4 bytes) at offset 16 of a freed heap block of 192 bytes
// AGAIN: use after free on `kept->count` (int, 4 bytes) at offset 16 of a freed heap block of 28 bytes
// FORGOTTEN: use after free on `kept->count` (int, 4 bytes) at 0x
// COMMON: Earlier release of the memory by thread 2 `work`
// COMMON: Block allocated by main
// COMMON: main {{.*}}freed-blocks.c:[[#]]
// FORGOTTEN-NOT: Block allocated
static void *work(void *arg) {
  const char *how = arg;
  if (!strcmp(how, "moved")) {
    item = realloc(item, 1 << 20);
  } else {
    free(item);
    for (int i = 0; i < OTHERS && others[i]; i++)
      free(others[i]);
  }
  hidden_add(&turn);
  return NULL;
}

static struct item *allocate(const char *how) {
  if (!strcmp(how, "large"))
    return malloc(20000);
  if (!strcmp(how, "aligned"))
    return aligned_alloc(64, 192);
  if (!strcmp(how, "again")) { // the place of another block, which was released before
    free(malloc(24));
    return malloc(28);
  }
  return malloc(sizeof(struct item));
}

int main(int argc, char **argv) {
  if (argc != 2)
    return 2;
  pthread_t thread;
  item = allocate(argv[1]);
  for (int i = 0; i < OTHERS && !strcmp(argv[1], "forgotten"); i++)
    others[i] = malloc(24);
  void *last = malloc(64); // the heap does not shrink
  struct item *kept = item;
  pthread_create(&thread, NULL, work, argv[1]);
  hidden_wait(&turn, 1);
  seen = kept->count;
  pthread_join(thread, NULL);
  free(last);
  return 0;
}
