#include "rf_epoch.h"

#include "rf_host.h"
#include <stdatomic.h>

#define SMALL_BLOCKS (RF_EPOCH_LARGE_BASE >> RF_EPOCH_SMALL_BITS)
#define LARGE_BLOCKS ((RF_EPOCH_MAX - RF_EPOCH_LARGE_BASE) >> RF_EPOCH_LARGE_BITS)

struct rf_epoch_block *rf_epoch_small, *rf_epoch_large;
static _Atomic uint64_t small_next = 1, large_next; // block 0 would hold id 0, which means no epoch

void rf_epoch_init(void) {
  rf_epoch_small = rf_host->map(SMALL_BLOCKS * sizeof *rf_epoch_small);
  rf_epoch_large = rf_host->map(LARGE_BLOCKS * sizeof *rf_epoch_large);
}

void rf_epoch_take(struct rf_thread *t, bool large) {
  uint64_t n = 0;
  struct rf_epoch_block *b = NULL;
  if (!large && (n = atomic_fetch_add_explicit(&small_next, 1, memory_order_relaxed)) < SMALL_BLOCKS) {
    b = &rf_epoch_small[n];
    t->epoch = n << RF_EPOCH_SMALL_BITS;
    t->epoch_end = t->epoch + (1u << RF_EPOCH_SMALL_BITS);
  } else if ((n = atomic_fetch_add_explicit(&large_next, 1, memory_order_relaxed)) < LARGE_BLOCKS) {
    b = &rf_epoch_large[n];
    t->epoch = RF_EPOCH_LARGE_BASE + (n << RF_EPOCH_LARGE_BITS);
    t->epoch_end = t->epoch + (1u << RF_EPOCH_LARGE_BITS);
  } else {
    // Staying in the old epoch hides races of later accesses behind earlier releases; it invents none.
    t->epoch--, t->clock--;
    rf_host->degraded("all epoch ids are used up: races after this point may be missed");
    return;
  }
  t->epoch_first = t->epoch;
  *b = (struct rf_epoch_block){t->self->index, t->self->slot, rf_seg_index(t->seg), t->clock};
}

struct rf_epoch_owner rf_epoch_lookup(uint64_t epoch) {
  uint64_t clock;
  const struct rf_epoch_block *b = rf_epoch_block_of(epoch, &clock);
  return (struct rf_epoch_owner){rf_lthread_at(b->thread), rf_seg_at(b->seg), clock};
}
