// Blocks that the C library maps alone go with their shadow when they are released, and their release is judged.
// RUN: %cc -O1 %s -o %t && %clean %t
// RUN: %cc -O1 -DRACY %s -o %t.racy && %racy %t.racy | FileCheck %s
#include "Inputs/meet.h"
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCKS = 40, BYTES = 4 << 20 };

static char *block[BLOCKS];
static int turn;

static void *fill(void *arg) {
  for (int i = 0; i < BLOCKS; i++)
    memset(block[i], i + 1, BYTES);
  hidden_add(&turn);
  return arg;
}

static long resident_mb(void) {
  char line[200];
  long kb = 0;
  FILE *f = fopen("/proc/self/status", "r");
  while (f && fgets(line, sizeof line, f))
    sscanf(line, "VmRSS: %ld", &kb);
  if (f)
    fclose(f);
  return kb / 1024;
}

// CHECK: WARNING: Redflag: {{.*}}heap block of 4194304 bytes
// CHECK: Release of the memory by main at {{.*}}mapped-blocks.c:[[#]]:{{[0-9]+}} in free
// CHECK: Earlier write by thread 2 `fill`
int main(void) {
  pthread_t t;
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  for (int i = 0; i < BLOCKS; i++)
    if (!(block[i] = malloc(BYTES)))
      return 2;
  pthread_create(&t, NULL, fill, NULL);
#ifdef RACY
  hidden_wait(&turn, 1);
#else
  pthread_join(t, NULL);
#endif
  const long before = resident_mb();
  for (int i = 0; i < BLOCKS; i++)
    free(block[i]);
#ifdef RACY
  pthread_join(t, NULL);
#endif
  const long after = resident_mb();
  if (after > before / 4) {
    printf("%ld MB before the release, %ld after it\n", before, after);
    return 1;
  }
  return 0;
}
