// Memory is given back while another thread still uses some byte of it: ThreadSanitizer marks only the first bytes of
// a freed block, and nothing of a stack frame or thread-local variable that has gone.
// list: lost
// kind: race
// row: free of 1 MiB, byte 5,000 used before | -DAT=5000 -DRELEASE='free(p)'
// row: free of 1 MiB, the last byte used before | -DAT=MIB-1 -DRELEASE='free(p)'
// row: free of 1 MiB, byte 5,000 read before | -DREAD -DAT=5000 -DRELEASE='free(p)'
// row: realloc that moves, byte 5,000 used before | -DAT=5000 -DRELEASE='p=realloc(p,64*MIB)'
// row: realloc that shrinks, the last byte used before | -DAT=MIB-1 -DRELEASE='p=realloc(p,100)'
// row: munmap, byte 5,000 used before | -DMAP -DAT=5000 -DRELEASE='munmap(p,MIB)'
// row: munmap of the second half, the last byte used before | -DMAP -DAT=MIB-1 -DRELEASE='munmap(p+MIB/2,MIB/2)'
// row: mmap over it (MAP_FIXED), byte 5,000 used before | -DMAP -DAT=5000 -DRELEASE='mmap(p,MIB,3,MAP_FIXED|MAP_PRIVATE|MAP_ANONYMOUS,-1,0)'
#include "row.h"

#include <stdlib.h>
#include <sys/mman.h>

#define MIB (1 << 20)
char *p;
static volatile char sink;

static void *user(void *arg) {
#ifdef READ
  sink = p[AT];
#else
  p[AT] = 1;
#endif
  hand_over();
  return arg;
}

static void *releaser(void *arg) {
  char *volatile keep = p; // the block stays reachable: the call is not removed
  take_over();
  RELEASE;
  (void)keep;
  return arg;
}

int main(void) {
#ifdef MAP
  p = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
#else
  p = malloc(MIB);
#endif
  run_two(user, releaser, NULL);
}
