#include "rf_remote.h"

#include "rf_lock.h"
#include "rf_mem.h"

#define FIRST_BITS 5u
#define MOST_BITS 12u

// Whoever takes it back has read it once this returns.
static void wait_gone(struct rf_remote *r) {
  for (unsigned turns = 0; atomic_load_explicit(&r->state, memory_order_acquire) != RF_REMOTE_GONE;)
    rf_pause(&turns);
}

struct rf_remote *rf_remote_new(const struct rf_thread *t, uintptr_t granule, unsigned mask, bool atomic) {
  struct rf_remote *r = rf_remote_at(rf_over_new(1));
  r->granule = granule;
  r->owner = t->self->number;
  r->mask = (uint8_t)mask;
  r->atomic = atomic;
  for (unsigned i = 0; i < RF_REMOTE_KINDS; i++)
    r->cell[i] = 0;
  atomic_store_explicit(&r->state, RF_REMOTE_LIVE, memory_order_relaxed);
  return r;
}

bool rf_remote_renew(struct rf_thread *t, struct rf_remote *r, uint64_t fresh) {
  const bool serves = !rf_remote_conflicts(r, rf_cell_kind(fresh)) && !(rf_cell_mask(fresh) & ~r->mask) &&
                      r->atomic == !(fresh & RF_CELL_PLAIN);
  uint64_t *cell = rf_remote_cell(r, rf_cell_kind(fresh));
  if (serves && rf_cell_mask(*cell) & ~rf_cell_mask(fresh)) {
    if ((*cell ^ fresh) & ~(uint64_t)0xff)
      return false; // the older one must go on to stand for its other bytes
    fresh |= *cell;
  }
  if (serves) {
    __atomic_store_n(cell, fresh, __ATOMIC_RELAXED);
    atomic_signal_fence(memory_order_seq_cst); // the other's barrier orders the store before the load
  }
  if (atomic_load_explicit(&r->state, memory_order_relaxed) == RF_REMOTE_LIVE)
    return serves;
  rf_remote_drop(t, &t->remotes[rf_remote_hash(t, r->granule)]);
  return false;
}

// ---- The table ----
// One place for each remote, so that finding it costs one look.

static void table_grow(struct rf_thread *t) {
  struct rf_remote **old = t->remotes;
  const uint32_t old_bits = t->remotes_bits;
  t->remotes_bits = old ? old_bits + 2 < MOST_BITS ? old_bits + 2 : MOST_BITS : FIRST_BITS;
  t->remotes = rf_mem_alloc((sizeof *old) << t->remotes_bits);
  if (!old)
    return;
  // What shared no place before shares none now: the longer hash begins with the shorter.
  for (uint64_t i = 0; i < UINT64_C(1) << old_bits; i++)
    if (old[i])
      t->remotes[rf_remote_hash(t, old[i]->granule)] = old[i];
  rf_mem_free(old, (sizeof *old) << old_bits);
}

static bool in_use(const struct rf_thread *t, const struct rf_remote *r) {
  for (unsigned i = 0; i < RF_REMOTE_KINDS; i++)
    if (r->cell[i] && rf_cell_epoch(r->cell[i]) + 1 >= t->epoch)
      return true;
  return false;
}

struct rf_remote **rf_remote_place(struct rf_thread *t, uintptr_t granule) {
  if (!t->remotes)
    table_grow(t);
  for (;;) {
    struct rf_remote **place = &t->remotes[rf_remote_hash(t, granule)];
    if (!*place)
      return place;
    if ((*place)->granule == granule || t->remotes_bits == MOST_BITS)
      return in_use(t, *place) ? NULL : place;
    table_grow(t);
  }
}

void rf_remote_drop(struct rf_thread *t, struct rf_remote **place) {
  wait_gone(*place);
  rf_remote_free(*place);
  *place = NULL;
  t->remotes_count--;
}

void rf_remote_thread_end(struct rf_thread *t) {
  if (!t->remotes_count)
    return;
  for (uint64_t i = 0; i < UINT64_C(1) << t->remotes_bits; i++) {
    struct rf_remote *r = t->remotes[i];
    uint32_t live = RF_REMOTE_LIVE;
    t->remotes[i] = NULL;
    // Release: whoever finds an orphan reads its cells.
    if (r && !atomic_compare_exchange_strong_explicit(&r->state, &live, RF_REMOTE_ORPHAN, memory_order_release,
                                                      memory_order_relaxed)) {
      wait_gone(r);
      rf_remote_free(r);
    }
  }
  t->remotes_count = 0;
}

void rf_remote_retire(struct rf_thread *t) {
  if (t->remotes)
    rf_mem_free(t->remotes, (sizeof *t->remotes) << t->remotes_bits);
  t->remotes = NULL;
  t->remotes_bits = 0;
}
