// System calls that fail one by one, and from some moment on, in a program that makes the runtime ask for memory.
// sweep: small program, memory | flags=-DCASE=1 | calls=mmap mprotect
// sweep: small program, other calls | flags=-DCASE=1 | calls=munmap madvise mincore membarrier openat process_vm_readv pread64 ioctl rt_sigprocmask sched_yield clone3
// sweep: threads, heap and mappings, memory | flags=-DCASE=2 | dense=16 | calls=mmap
// sweep: threads, heap and mappings, other calls | flags=-DCASE=2 | dense=5 | calls=munmap mremap madvise mincore membarrier
#include "../robust.h"

#include <string.h>
#include <sys/mman.h>

enum { ROUNDS = 6, WORKERS = 3, LOCKS = 64, STEPS = 30 };

static pthread_mutex_t lock[LOCKS];
static long sum, cell[LOCKS];
static long late;
static char *slot[LOCKS]; // slot[i] and cell[i] are guarded by lock[i]

static void map_some(unsigned seed) {
  const size_t n = (1 + seed % 40) * 4096;
  char *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  MUST(p != MAP_FAILED);
  memset(p, 1, n);
  char *q = mremap(p, n, 2 * n, MREMAP_MAYMOVE);
  MUST(q != MAP_FAILED);
  q[n]++;
  if (seed % 2 == 0)
    madvise(q, n, MADV_DONTNEED);
  munmap(q, 2 * n); // may fail, then it stays
}

static void *worker(void *arg) {
  unsigned seed = (unsigned)(size_t)arg;
  for (int k = 0; k < STEPS; k++) {
    seed = seed * 1664525u + 1013904223u;
    const unsigned i = seed >> 8 & (LOCKS - 1);
    const size_t n = 16 + (seed >> 16 & 0xfff) * (k % 8 == 0 ? 16 : 1);
    pthread_mutex_lock(&lock[i]);
    cell[i]++;
    if (slot[i])
      slot[i][0]++;
    free(slot[i]);
    slot[i] = calloc(1, n);
    const int there = slot[i] != NULL;
    if (there)
      memset(slot[i], 1, n);
    pthread_mutex_unlock(&lock[i]);
    MUST(there);
    if (k % 8 == 0)
      map_some(seed >> 4);
    char *own = malloc(100 + n);
    MUST(own);
    memset(own, 2, 100 + n);
    own = realloc(own, 100 + 2 * n);
    MUST(own);
    own[99 + 2 * n] = 3;
    free(own);
    __atomic_fetch_add(&sum, 1, __ATOMIC_ACQ_REL);
  }
#ifdef RACY
  late++;
  late += 2;
  late *= 3;
#endif
  return NULL;
}

static void churn(void) {
  for (int i = 0; i < LOCKS; i++)
    pthread_mutex_init(&lock[i], NULL);
  for (int round = 0; round < ROUNDS; round++) {
    pthread_t id[WORKERS];
    for (size_t i = 0; i < WORKERS; i++)
      MUST(!pthread_create(&id[i], NULL, worker, (void *)(i + 1 + (size_t)round * 7)));
    for (int i = 0; i < WORKERS; i++)
      MUST(!pthread_join(id[i], NULL));
  }
}

int main(void) {
#if CASE == 2
  race_now(); // first, so that what comes after must keep the verdict
  churn();
#else
  char *p = malloc(100000);
  MUST(p);
  p[5] = 1;
  race_now();
  free(p);
#endif
  return 0;
}
