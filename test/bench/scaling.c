// The same work split among 2, 8 or 64 threads: what a detector costs as threads grow in number. test/bench/scaling
// builds and times it. Usage: scaling KERNEL THREADS; without arguments lists the kernels.
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 64, LOCKS = 256, TABLE = 1 << 14, OWN = 1 << 12 };

static int threads;
static long share(long all) { return all / threads; }
static uint32_t rnd(uint32_t *s) { return *s = *s * 1664525u + 1013904223u; }

// Each thread works on memory of its own.
static long own[MOST][OWN];
static void private(int t) {
  for (long i = 0; i < share(64000000); i++)
    own[t][i * 7 % OWN] += i;
}

// Short critical sections on many locks.
static struct {
  pthread_mutex_t lock;
  long balance;
} account[LOCKS];
static void locks(int t) {
  uint32_t s = (uint32_t)t;
  for (long i = 0; i < share(4000000); i++) {
    const unsigned a = rnd(&s) >> 8 & (LOCKS - 1);
    pthread_mutex_lock(&account[a].lock);
    account[a].balance++;
    pthread_mutex_unlock(&account[a].lock);
  }
}

// A table that all read, in a new epoch every 32 entries.
static int table[TABLE];
static long sum[MOST][8];
static _Atomic long progress[MOST][8];
static void readers(int t) {
  uint32_t s = (uint32_t)t;
  for (long i = 0; i < share(4000000); i++) {
    const unsigned at = rnd(&s) >> 8 & (TABLE - 32);
    for (int k = 0; k < 32; k++)
      sum[t][0] += table[at + k];
    atomic_store_explicit(&progress[t][0], i, memory_order_release);
  }
}

// One counter, and flags that each thread sets and all look at.
static _Atomic long counter;
static void atomics(int t) {
  for (long i = 0; i < share(6000000); i++) {
    atomic_fetch_add_explicit(&counter, 1, memory_order_relaxed);
    atomic_store_explicit(&progress[t][0], i, memory_order_release);
    sum[t][0] += atomic_load_explicit(&progress[(t + i) % threads][0], memory_order_acquire);
  }
}

static const struct {
  const char *name;
  void (*work)(int t);
} kernels[] = {{"private", private}, {"locks", locks}, {"readers", readers}, {"atomics", atomics}};
enum { KERNELS = sizeof kernels / sizeof *kernels };

static void (*work)(int t);
static void *thread_main(void *arg) {
  work((int)(intptr_t)arg);
  return NULL;
}

int main(int argc, char **argv) {
  pthread_t id[MOST];
  for (int i = 0; i < KERNELS; i++) {
    if (argc < 3)
      puts(kernels[i].name);
    else if (!strcmp(argv[1], kernels[i].name))
      work = kernels[i].work;
  }
  threads = argc < 3 ? 0 : atoi(argv[2]);
  if (!work || threads < 1 || threads > MOST)
    return argc < 3 ? 0 : 2;
  for (int i = 0; i < LOCKS; i++)
    pthread_mutex_init(&account[i].lock, NULL);
  for (int i = 0; i < threads; i++)
    if (pthread_create(&id[i], NULL, thread_main, (void *)(intptr_t)i))
      return 1;
  for (int i = 0; i < threads; i++)
    pthread_join(id[i], NULL);
  return 0;
}
