// Epoch ids. An id names one clock value of one logical thread. Ids are given out in blocks of consecutive
// values, small ones first so that short-lived threads waste little, then large ones so that the table
// stays small. Blocks whose ids no cell holds any more are found by a collection and given out again.
// Invariant: a block's entry is written before any of its ids can reach a shadow cell.
#ifndef RF_EPOCH_H
#define RF_EPOCH_H

#include "rf_thread.h"

#define RF_EPOCH_SMALL_BITS 5
#define RF_EPOCH_LARGE_BITS 11
#define RF_EPOCH_LARGE_BASE (UINT64_C(1) << 31)

struct rf_epoch_block {
  uint32_t thread; // index of the logical thread, 0: the block is free
  uint32_t slot;   // copied from it, to spare a look-up
  uint32_t seg;
  uint32_t mark;  // the last collection that found one of the ids in a cell
  uint64_t clock; // of the block's first id; of a free block, the next free one
};
extern struct rf_epoch_block *rf_epoch_small, *rf_epoch_large;

void rf_epoch_init(void);
void rf_epoch_after_fork(void);

// The block of an epoch that was given out; *clock is the epoch's clock value.
static inline const struct rf_epoch_block *rf_epoch_block_of(uint64_t epoch, uint64_t *clock) {
  if (epoch >= RF_EPOCH_LARGE_BASE) {
    const struct rf_epoch_block *b = &rf_epoch_large[(epoch - RF_EPOCH_LARGE_BASE) >> RF_EPOCH_LARGE_BITS];
    *clock = b->clock + (epoch & ((1u << RF_EPOCH_LARGE_BITS) - 1));
    return b;
  }
  const struct rf_epoch_block *b = &rf_epoch_small[epoch >> RF_EPOCH_SMALL_BITS];
  *clock = b->clock + (epoch & ((1u << RF_EPOCH_SMALL_BITS) - 1));
  return b;
}

// What the epoch's thread did in it happened before what t does now.
static inline bool rf_epoch_ordered(const struct rf_thread *t, uint64_t epoch) {
  uint64_t clock;
  if (epoch <= t->epoch && epoch >= t->epoch_first) // t's present block
    return true;
  const struct rf_epoch_block *b = rf_epoch_block_of(epoch, &clock);
  return b->thread == t->self->index || rf_clock_get(&t->vc, b->slot) >= clock;
}

// Gives t the next block of ids, beginning at t->clock, in t->seg.
void rf_epoch_take(struct rf_thread *t, bool large);

// ---- Collection (rf_collect.h) ----
static inline void rf_epoch_mark(uint64_t epoch, uint32_t round) {
  uint64_t clock;
  ((struct rf_epoch_block *)rf_epoch_block_of(epoch, &clock))->mark = round;
}
// Frees blocks that the round has not marked, and tells rf_thread_mark() of the others. slack: how many more
// may be given out before the host is asked for the next collection.
void rf_epoch_sweep(uint32_t round, uint64_t slack);

#endif
