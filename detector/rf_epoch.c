#include "rf_epoch.h"

#include "rf_host.h"
#include <stdatomic.h>

#define SMALL_BITS 5
#define LARGE_BITS 11
#define LARGE_BASE (UINT64_C(1) << 31)
#define SMALL_BLOCKS (LARGE_BASE >> SMALL_BITS)
#define LARGE_BLOCKS ((RF_EPOCH_MAX - LARGE_BASE) >> LARGE_BITS)

struct block {
  uint32_t thread; // index of the logical thread
  uint32_t slot;   // copied from it, to spare a look-up
  uint32_t seg;
  uint64_t clock; // of the block's first id
};

static struct block *small_blocks, *large_blocks;
static _Atomic uint64_t small_next = 1, large_next; // block 0 would hold id 0, which means no epoch

void rf_epoch_init(void) {
  small_blocks = rf_host->map(SMALL_BLOCKS * sizeof *small_blocks);
  large_blocks = rf_host->map(LARGE_BLOCKS * sizeof *large_blocks);
}

void rf_epoch_take(struct rf_thread *t, bool large) {
  uint64_t n = 0;
  struct block *b = NULL;
  if (!large && (n = atomic_fetch_add_explicit(&small_next, 1, memory_order_relaxed)) < SMALL_BLOCKS) {
    b = &small_blocks[n];
    t->epoch = n << SMALL_BITS;
    t->epoch_end = t->epoch + (1u << SMALL_BITS);
  } else if ((n = atomic_fetch_add_explicit(&large_next, 1, memory_order_relaxed)) < LARGE_BLOCKS) {
    b = &large_blocks[n];
    t->epoch = LARGE_BASE + (n << LARGE_BITS);
    t->epoch_end = t->epoch + (1u << LARGE_BITS);
  } else {
    // Staying in the old epoch hides races of later accesses behind earlier releases; it invents none.
    t->epoch--, t->clock--;
    rf_host->degraded("all epoch ids are used up: races after this point may be missed");
    return;
  }
  *b = (struct block){t->self->index, t->self->slot, rf_seg_index(t->seg), t->clock};
}

static const struct block *block_of(uint64_t epoch, uint64_t *clock) {
  const bool large = epoch >= LARGE_BASE;
  const uint64_t n = large ? (epoch - LARGE_BASE) >> LARGE_BITS : epoch >> SMALL_BITS;
  const struct block *b = large ? &large_blocks[n] : &small_blocks[n];
  *clock = b->clock + (epoch & ((UINT64_C(1) << (large ? LARGE_BITS : SMALL_BITS)) - 1));
  return b;
}

struct rf_epoch_owner rf_epoch_lookup(uint64_t epoch) {
  uint64_t clock;
  const struct block *b = block_of(epoch, &clock);
  return (struct rf_epoch_owner){rf_lthread_at(b->thread), rf_seg_at(b->seg), clock};
}

bool rf_epoch_ordered(const struct rf_thread *t, uint64_t epoch) {
  uint64_t clock;
  const struct block *b = block_of(epoch, &clock);
  return b->thread == t->self->index || rf_clock_get(&t->vc, b->slot) >= clock;
}
