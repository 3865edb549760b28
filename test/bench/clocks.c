// What synchronisation costs the core itself as logical threads grow in number, without a program around it: all of them
// are alive, and each has released something that the others know. Usage: clock_bench [THREADS...]
#include "fake_host.h"
#include "rf_mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

enum { TURNS = 200000 };

static struct rf_thread main_thread;
static struct rf_site site;

static void on_race(const struct rf_race *r) {
  (void)r;
  abort();
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void write_at(struct fake_carrier *c, uintptr_t addr) {
  rf_access_small(&c->thread, addr, 8, &(struct rf_access){.kind = RF_CELL_PLAIN | RF_CELL_WRITE, .site = &site});
}

static void measure(unsigned threads) {
  const uintptr_t all = FAKE_MEMORY, lock = FAKE_MEMORY + 64, word = FAKE_MEMORY + 128, own = FAKE_MEMORY + 4096;
  const size_t bytes = threads * sizeof(struct fake_carrier);
  struct fake_carrier *c = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (c == MAP_FAILED) {
    perror("mmap");
    exit(1);
  }
  struct rf_lthread **l = calloc(threads, sizeof *l);
  double from = now();
  for (unsigned i = 0; i < threads; i++) {
    struct rf_birth *b = rf_thread_fork(&main_thread, RF_THREAD_GOROUTINE, "g", &site);
    l[i] = b->child;
    rf_thread_begin(&c[i].thread, b, &c[i].tls, c[i].frames);
  }
  const double start = (now() - from) / threads;
  for (unsigned round = 0; round < 2; round++)
    for (unsigned i = 0; i < threads; i++) {
      write_at(&c[i], own + 8 * (i % 4096));
      rf_sync_acquire_at(&c[i].thread, all);
      rf_sync_release_merge_at(&c[i].thread, all);
      rf_shadow_clear(&main_thread, own + 8 * (i % 4096), 8);
    }
  // Two threads hand a lock to and fro, and write what it guards.
  from = now();
  for (unsigned i = 0; i < TURNS; i++) {
    struct fake_carrier *t = &c[i % 2 ? 0 : threads - 1];
    rf_sync_lock_at(&t->thread, lock);
    write_at(t, word);
    rf_sync_unlock_at(&t->thread, lock);
  }
  const double hand_off = (now() - from) / TURNS;
  // All take it in turn: each has to learn what all others did since.
  from = now();
  for (unsigned i = 0; i < TURNS; i++) {
    struct fake_carrier *t = &c[i * 7919ul % threads];
    rf_sync_lock_at(&t->thread, lock);
    write_at(t, word);
    rf_sync_unlock_at(&t->thread, lock);
  }
  const double round_robin = (now() - from) / TURNS;
  // A join with a clock that tells nothing new, as each lock that was not contended is.
  rf_sync_acquire_at(&c[0].thread, all);
  from = now();
  for (unsigned i = 0; i < TURNS; i++)
    rf_sync_acquire_at(&c[0].thread, all);
  const double nothing_new = (now() - from) / TURNS;
  from = now();
  for (unsigned i = 0; i < threads; i++) {
    rf_thread_end(&c[i].thread, true);
    rf_thread_join(&main_thread, l[i]);
  }
  const double end = (now() - from) / threads;
  printf("%9u %8.0f %10.0f %12.0f %10.0f %8.0f\n", threads, start, hand_off, round_robin, nothing_new, end);
  for (unsigned i = 0; i < threads; i++)
    rf_thread_retire(&c[i].thread);
  munmap(c, bytes);
  free(l);
}

int main(int argc, char **argv) {
  fake_host_start(&main_thread, on_race);
  printf("%9s %8s %10s %12s %10s %8s   (ns each)\n", "threads", "start", "hand-off", "lock by all", "join: same", "end");
  static const char *const usual[] = {"10", "1000", "100000"};
  for (int i = argc > 1 ? 1 : 0; i < (argc > 1 ? argc : 3); i++)
    measure((unsigned)atoi(argc > 1 ? argv[i] : usual[i]));
}
