#include "fake_host.h"

#include "rf_host.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

unsigned fake_host_collections_due;
static void (*race_callback)(const struct rf_race *);

static void *map(size_t bytes) {
  void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED) {
    perror("mmap");
    exit(1);
  }
  return p;
}
static void unmap(void *p, size_t bytes) { munmap(p, bytes); }
static void discard(void *p, size_t bytes) { madvise(p, bytes, MADV_DONTNEED); }
static void yield(unsigned turns) { (void)turns; }
static void barrier(void) {}
static void collect(void) { fake_host_collections_due++; }
static void race(const struct rf_race *r) { race_callback(r); }
static void degraded(const char *what) { fprintf(stderr, "degraded: %s\n", what); }

static const struct rf_host host = {map, unmap, discard, yield, barrier, collect, race, degraded};

void fake_host_start(struct rf_thread *main, void (*on_race)(const struct rf_race *)) {
  static struct rf_tls tls;
  static struct rf_frame frames[64];
  race_callback = on_race;
  rf_host = &host;
  rf_shadow_init((struct rf_shadow_map){(2 * FAKE_MEMORY_BYTES - 1) & ~UINT64_C(7),
                                        (uint64_t)map(4 * FAKE_MEMORY_BYTES)});
  rf_sync_init();
  rf_core_init(main, &tls, frames);
}
