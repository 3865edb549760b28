// The core's memory for fuzz targets: each block a block of malloc, so that AddressSanitizer watches it.
#include "fuzz.h"
#include "rf_mem.h"

static void *kept[1 << 16];
static size_t count;

void *fuzz_keep(void *p) {
  FUZZ_CHECK(count < sizeof kept / sizeof *kept);
  return kept[count++] = p;
}

void fuzz_free_all(void) {
  while (count)
    free(kept[--count]);
}

void *rf_mem_alloc(size_t n) { return fuzz_keep(calloc(1, n)); }
void rf_mem_free(void *p, size_t n) { (void)p, (void)n; }
