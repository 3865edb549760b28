#include "rf_epoch.h"

#include "rf_ceiling.h"
#include "rf_host.h"
#include "rf_lock.h"

#define FIRST_COLLECTION 8192u // blocks

// One size of blocks.
struct kind {
  struct rf_epoch_block *block;
  uint64_t count, next; // next: never given out so far
  uint64_t free;        // first free one, 0: none; linked through clock
};

struct rf_epoch_block *rf_epoch_small, *rf_epoch_large;
static struct rf_lock lock;        // guards what follows
static struct kind small, large;   // block 0 of either is never used: id 0 means no epoch, index 0 no block
static uint64_t in_use, collect_at;

void rf_epoch_init(void) {
  small = (struct kind){.count = RF_EPOCH_LARGE_BASE >> RF_EPOCH_SMALL_BITS, .next = 1};
  large = (struct kind){.count = (RF_EPOCH_MAX - RF_EPOCH_LARGE_BASE) >> RF_EPOCH_LARGE_BITS, .next = 1};
  small.block = rf_epoch_small = rf_host->map(small.count * sizeof *rf_epoch_small);
  large.block = rf_epoch_large = rf_host->map(large.count * sizeof *rf_epoch_large);
  in_use = 0;
  collect_at = FIRST_COLLECTION;
}

void rf_epoch_after_fork(void) { atomic_store_explicit(&lock.held, 0, memory_order_relaxed); }

// Index of a block, 0: none is left.
static uint64_t take(struct kind *k) {
  uint64_t n = k->free;
  if (n)
    k->free = k->block[n].clock;
  else if (k->next < k->count)
    n = k->next++, rf_ceiling_take(sizeof *k->block);
  return n;
}

void rf_epoch_take(struct rf_thread *t, bool prefer_large) {
  rf_lock_enter(&lock);
  bool is_large = prefer_large;
  uint64_t n = take(is_large ? &large : &small);
  if (!n) {
    is_large = !is_large;
    n = take(is_large ? &large : &small);
  }
  const bool due = ++in_use >= collect_at;
  if (due)
    collect_at = UINT64_MAX; // asked for once
  if (n)
    (is_large ? large : small).block[n] =
        (struct rf_epoch_block){t->self->index, t->self->slot, rf_seg_index(t->seg), 0, t->clock};
  rf_lock_leave(&lock);
  if (due)
    rf_host->collect();
  if (!n) {
    // Staying in the old epoch hides races of later accesses behind earlier releases; it invents none.
    t->epoch--, t->clock--;
    rf_host->degraded("all epoch ids are in use: races after this point may be missed");
    return;
  }
  const unsigned bits = is_large ? RF_EPOCH_LARGE_BITS : RF_EPOCH_SMALL_BITS;
  t->epoch = t->epoch_first = (is_large ? RF_EPOCH_LARGE_BASE : 0) + (n << bits);
  t->epoch_end = t->epoch + (UINT64_C(1) << bits);
}

struct rf_epoch_owner rf_epoch_lookup(uint64_t epoch) {
  uint64_t clock;
  const struct rf_epoch_block *b = rf_epoch_block_of(epoch, &clock);
  return (struct rf_epoch_owner){rf_lthread_at(b->thread), rf_seg_at(b->seg), clock};
}

static void sweep(struct kind *k, uint32_t round) {
  for (uint64_t n = 1; n < k->next; n++) {
    struct rf_epoch_block *b = &k->block[n];
    if (!b->thread)
      continue;
    if (b->mark == round) {
      rf_thread_mark(b->thread, b->slot, round);
      continue;
    }
    *b = (struct rf_epoch_block){.clock = k->free};
    k->free = n;
    in_use--;
  }
}

void rf_epoch_sweep(uint32_t round, uint64_t slack) {
  sweep(&small, round);
  sweep(&large, round);
  collect_at = in_use + (in_use > FIRST_COLLECTION ? in_use : FIRST_COLLECTION) + slack;
}
