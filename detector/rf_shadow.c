#include "rf_shadow.h"

#include "rf_epoch.h"
#include "rf_host.h"
#include "rf_lock.h"
#include "rf_over.h"
#include "rf_owner.h"
#include "rf_readers.h"
#include "rf_remote.h"
#include "rf_touched.h"
#include "rf_trace.h"
#include <stdatomic.h>

typedef unsigned __int128 cell_pair; // low half: cell 0, the newest; high half: cell 1 or the record's name

#define OVER_LOCK (UINT64_C(1) << 30)
#define OVER_REMOTES UINT64_C(1) // the record may name remotes; records lie on boundaries of four units
#define OVER_INDEX ((OVER_LOCK - 1) & ~UINT64_C(3))
#define OVER_TAG ((uint64_t)RF_EPOCH_OVERFLOW << RF_CELL_EPOCH_SHIFT)

// A granule whose record has renewed its threads' cells so often lends them remotes (rf_remote.h): taking one back costs
// a barrier on every processor, about as much as so many renewals. Each that was taken back doubles it.
#ifndef RF_REMOTE_AFTER
#define RF_REMOTE_AFTER 16u
#endif
#define RELUCTANT_MOST 8u

// An access races with at most 8 cells that each add a byte to those already found; the rest of the room
// is for further pairs on the same bytes.
#define RACES_MAX 16

static struct rf_shadow_map map;

void rf_shadow_init(struct rf_shadow_map m) {
  map = m;
  rf_owner_init(m.mask + 8);
  rf_touched_init(m.mask + 8);
  rf_over_init();
}

void rf_shadow_attach(struct rf_tls *tls) {
  tls->base = map.base;
  tls->mask = rf_serial ? 0 : map.mask;
}

uint32_t *rf_touched_table;
uint8_t *rf_touched_regions;
uint64_t rf_touched_listed;

void rf_touched_init(uint64_t positions) {
  rf_touched_table = rf_host->map(((positions >> RF_OWNER_BLOCK_BITS) + 1) * sizeof *rf_touched_table);
  rf_touched_regions = rf_host->map((positions >> RF_TOUCHED_REGION_BITS) + 1);
}

static uint64_t *cells_of(uintptr_t addr) { return (uint64_t *)(map.base + 2 * (addr & map.mask)); }
static uint64_t position_of(const uint64_t *cells) { return ((uintptr_t)cells - map.base) / 2; }

void rf_shadow_serial_cell(uint64_t cell) {
  atomic_store_explicit((_Atomic uint64_t *)map.base, cell, memory_order_release);
}

static bool is_over(uint64_t cell1) { return rf_cell_epoch(cell1) == RF_EPOCH_OVERFLOW; }

static cell_pair pair_of(uint64_t c0, uint64_t c1) { return (cell_pair)c1 << 64 | c0; }

// The one atomic step: replaces both cells if both are still what was judged. In an owned block nobody else
// can have changed them, and two stores do.
static inline bool swap_pair(uint64_t *cells, cell_pair old, cell_pair new, bool owned) {
  if (owned) {
    __atomic_store_n(&cells[0], (uint64_t)new, __ATOMIC_RELAXED);
    __atomic_store_n(&cells[1], (uint64_t)(new >> 64), __ATOMIC_RELAXED);
    return true;
  }
  return __atomic_compare_exchange_n((cell_pair *)cells, &old, new, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

static uint64_t load_cell(const uint64_t *cell) { return __atomic_load_n(cell, __ATOMIC_ACQUIRE); }

// ---- Judging one access against the cells of its granule ----

struct judgement {
  uint64_t fresh;  // the new access as a cell
  uint64_t newest; // what is recorded for it: also stands for other bytes of the same epoch and kind
  unsigned races;
  unsigned racy; // bytes of the races found
  bool lend; // the granule's threads renew their cells often
  uint64_t race[RACES_MAX];
};

static inline void judge_begin(struct judgement *j, uint64_t fresh) {
  j->fresh = j->newest = fresh; // the rest of *j counts on these five
  j->races = j->racy = 0;
  j->lend = false;
}

static void add_race(struct judgement *j, uint64_t old, unsigned common) {
  if (!rf_kind_conflicts(old, j->fresh) || (j->races >= RACES_MAX - 8 && !(common & ~j->racy)))
    return;
  j->race[j->races++] = old;
  j->racy |= common;
}

// Gives *newest the mixture of its context with that of the rest of an older cell. False: there is none to be had.
__attribute__((noinline)) static bool mix(const struct rf_thread *t, uint64_t old, unsigned rest, uint64_t *newest) {
  const unsigned mask = rf_cell_mask(*newest);
  const uint32_t ctx = rf_ctx_mix(t->seg, rf_cell_ctx(old), rest, rf_cell_ctx(*newest), mask);
  if (ctx)
    *newest = rf_cell_make(t->epoch, ctx, rf_cell_kind(*newest), mask | rest);
  return ctx != 0;
}

// One cell serves all bytes of one epoch and kind, if a mixture of their contexts can be had.
static inline bool merge(const struct rf_thread *t, uint64_t old, uint64_t *newest) {
  const unsigned rest = rf_cell_mask(old) & ~rf_cell_mask(*newest);
  if (rest && rf_cell_ctx(old) != rf_cell_ctx(*newest))
    return mix(t, old, rest, newest);
  *newest |= rest;
  return true;
}

// What remains of an older cell beside the new access, 0 if nothing: the rules of rf_shadow.h's invariant.
static inline __attribute__((always_inline)) uint64_t judge(const struct rf_thread *t, uint64_t old, struct judgement *j) {
  const unsigned common = rf_cell_mask(old) & rf_cell_mask(j->fresh);
  const uint64_t same = old ^ j->fresh;
  if (rf_cell_epoch(same) == 0 && rf_cell_kind(same) == 0 && merge(t, old, &j->newest))
    return 0;
  if (!common)
    return rf_cell_mask(old) ? old : 0;
  const bool ordered = rf_cell_epoch(same) == 0 || rf_epoch_ordered(t, rf_cell_epoch(old));
  if (!ordered) {
    add_race(j, old, common);
    return old;
  }
  if (!rf_kind_covers(j->fresh, rf_cell_kind(old)))
    return old;
  old &= ~(uint64_t)common;
  return rf_cell_mask(old) ? old : 0;
}

static bool hits(const struct rf_thread *t, uint64_t cell, uint64_t fresh) {
  return rf_cell_hits(cell, t->tls->cur, rf_cell_kind(fresh), rf_cell_mask(fresh));
}

// ---- Granules with a record ----

// Locks the granule for as long as it has a record. False: it has none.
static bool lock_record(uint64_t *cells, bool owned, uint32_t *index) {
  for (unsigned turns = 0;; rf_pause(&turns)) {
    const uint64_t c0 = load_cell(&cells[0]), c1 = load_cell(&cells[1]);
    if (!is_over(c1))
      return false;
    *index = c1 & OVER_INDEX;
    if (!(c1 & OVER_LOCK) && swap_pair(cells, pair_of(c0, c1), pair_of(c0, c1 | OVER_LOCK), owned))
      return true;
  }
}

// Not a plain write: each has to be judged.
static bool may_be_lent(uint64_t fresh) { return (fresh & RF_CELL_KIND) != (RF_CELL_PLAIN | RF_CELL_WRITE); }

static struct rf_remote *remote_of(uint64_t cell) { return rf_remote_at(cell & OVER_INDEX); }

static struct rf_remote *remote_if_any(uint64_t cell) { return is_over(cell) ? remote_of(cell) : NULL; }

static bool is_read(uint64_t cell) { return rf_readers_is_read(cell, is_over(cell), remote_of(cell)); }

// All cells of a granule whose record the caller has locked, the newest first and the others in their order, and what
// may be added to them.
struct cell_list {
  uint64_t few[64], *cell;
  uint32_t n;
};

static void list_begin(struct cell_list *l, const struct rf_over *r) {
  const uint32_t room = 1 + RF_REMOTE_KINDS * (r->count + 1);
  l->n = 0;
  l->cell = room > 64 ? rf_over_at(rf_over_new(room))->cell : l->few;
}

static void list_end(struct cell_list *l) {
  if (l->cell != l->few)
    rf_over_free(rf_over_index((struct rf_over *)((char *)l->cell - offsetof(struct rf_over, cell))));
}

// Whether a granule needs its record for n cells older than the newest, or keeps it: the number of cells at a location of
// atomic operations goes up and down with each, and the renewals of those who read the same are counted.
static bool keeps_record(uint64_t newest, const uint64_t *older, uint32_t n) {
  return n > 1 || (n == 1 && (is_over(older[0]) || (may_be_lent(newest) && !(older[0] & RF_CELL_WRITE)))) ||
         !(newest & RF_CELL_PLAIN);
}

// Puts the cells back into a locked granule and unlocks it.
static void settle_record(uint64_t *cells, uint32_t index, const struct cell_list *l) {
  uint64_t *list = l->cell;
  const bool many = l->n - 1 > RF_READERS_MANY;
  uint64_t remotes = 0;
  const uint32_t n = many ? 1 + rf_readers_sort(list + 1, l->n - 1, remote_if_any) : l->n;
  uint64_t c1 = n > 1 ? list[1] : 0;
  if (keeps_record(list[0], list + 1, n - 1)) {
    struct rf_over *r = rf_over_at(index);
    // Where there are many, so much is left free that what was looked at here is paid by those who fill it.
    if (n - 1 > rf_over_capacity(r->class_) / (many ? 2 : 1)) {
      const uint32_t larger = rf_over_new(2 * n);
      rf_over_at(larger)->reluctant = r->reluctant;
      rf_over_at(larger)->renewed = r->renewed;
      rf_over_free(index);
      index = larger;
      r = rf_over_at(index);
    }
    r->count = n - 1;
    r->sorted = many;
    for (uint32_t i = 1; i < n; i++) {
      r->cell[i - 1] = list[i];
      remotes |= is_over(list[i]) ? OVER_REMOTES : 0;
    }
    c1 = OVER_TAG | index | remotes;
  } else {
    rf_over_free(index);
  }
  // The lock bit is ours, so nobody else writes either cell; cell 0 first, since cell 1 unlocks.
  __atomic_store_n(&cells[0], list[0], __ATOMIC_RELEASE);
  __atomic_store_n(&cells[1], c1, __ATOMIC_RELEASE);
}

// ---- Remotes ----

// Marks a remote of a locked granule, unless it is an orphan. Its cells count once a barrier has run.
static bool take_back(struct rf_remote *m) {
  uint32_t live = RF_REMOTE_LIVE;
  return atomic_compare_exchange_strong_explicit(&m->state, &live, RF_REMOTE_BACK, memory_order_acq_rel,
                                                 memory_order_acquire);
}

// A remote that was marked, or an orphan, is read and goes out of the granule.
static void give_up(struct rf_remote *m) {
  if (atomic_load_explicit(&m->state, memory_order_relaxed) == RF_REMOTE_ORPHAN)
    rf_remote_free(m);
  else
    atomic_store_explicit(&m->state, RF_REMOTE_GONE, memory_order_release);
}

// Marks those that the thread must not find live while it records fresh.
static void take_back_for(struct rf_thread *t, struct rf_over *r, uint64_t fresh) {
  bool others = false;
  for (uint32_t i = 0; i < r->count; i++) {
    if (!is_over(r->cell[i]))
      continue;
    struct rf_remote *m = remote_of(r->cell[i]);
    const bool own = m->owner == t->self->number;
    if (m->mask & rf_cell_mask(fresh) && rf_remote_conflicts(m, rf_cell_kind(fresh)) &&
        !(own && !(fresh & RF_CELL_WRITE)) && take_back(m)) // nothing of its own makes a read racy
      others |= !own;
  }
  if (!others)
    return;
  rf_host->barrier();
  r->reluctant += r->reluctant < RELUCTANT_MOST;
}

static void judge_into(struct cell_list *l, const struct rf_thread *t, uint64_t old, struct judgement *j) {
  const uint64_t kept = judge(t, old, j);
  if (kept)
    l->cell[l->n++] = kept;
}

// Of t's present block, so by the same thread as t's new access, and earlier.
static inline bool is_of_block(const struct rf_thread *t, uint64_t cell) {
  return rf_cell_epoch(cell) - t->epoch_first <= t->epoch - t->epoch_first;
}

static bool is_own(const struct rf_thread *t, uint64_t cell) {
  uint64_t clock;
  return rf_cell_mask(cell) &&
         (is_of_block(t, cell) || rf_epoch_block_of(rf_cell_epoch(cell), &clock)->thread == t->self->index);
}

// Whether the new access, which stands for an older one, is one of those that a remote would spare. Atomic accesses
// often order what they stand for, so that one thread's follows the other's.
static bool is_renewed(const struct rf_thread *t, uint64_t old, uint64_t fresh) {
  return may_be_lent(fresh) && rf_cell_mask(old) == rf_cell_mask(fresh) && (!(fresh & RF_CELL_PLAIN) || is_own(t, old));
}

static bool is_lent_now(struct rf_over *r) {
  if (r->renewed < RF_REMOTE_AFTER << r->reluctant)
    return false;
  r->renewed = 0;
  return true;
}

// Puts the new cell beside the n that the record of a locked granule holds, and unlocks it.
static inline void settle_in_place(struct rf_thread *t, uint64_t *cells, uint32_t index, uint32_t n,
                                   struct judgement *j) {
  struct rf_over *r = rf_over_at(index);
  const uint64_t newest = j->newest;
  uint64_t c1 = OVER_TAG | index | (load_cell(&cells[1]) & OVER_REMOTES);
  r->count = n;
  j->lend = is_lent_now(r);
  if (!keeps_record(newest, r->cell, n)) {
    c1 = n ? r->cell[0] : 0;
    rf_over_keep(&t->records, index);
  }
  // The lock bit is ours, so nobody else writes either cell; cell 0 first, since cell 1 unlocks.
  __atomic_store_n(&cells[0], newest, __ATOMIC_RELEASE);
  __atomic_store_n(&cells[1], c1, __ATOMIC_RELEASE);
}

// Judges an access to a granule whose record the caller has locked, and which has room and no remotes that it disturbs.
static void judge_in_place(struct rf_thread *t, uint64_t *cells, uint32_t index, struct judgement *j) {
  struct rf_over *r = rf_over_at(index);
  const uint64_t c0 = load_cell(&cells[0]);
  const uint32_t count = r->count;
  uint32_t n = 0;
  for (uint32_t i = 0; i <= count; i++) {
    const uint64_t old = i < count ? r->cell[i] : c0, kept = is_over(old) ? old : judge(t, old, j);
    r->cell[n] = kept;
    n += kept != 0;
    r->renewed += !kept && is_renewed(t, old, j->fresh);
  }
  r->sorted = false;
  if (n > RF_READERS_MANY && !(j->fresh & RF_CELL_WRITE)) {
    n = rf_readers_sort(r->cell, n, remote_if_any);
    r->sorted = true;
  }
  settle_in_place(t, cells, index, n, j);
}

// Judges a read against what may write and against the latest reads, in a granule whose record the caller has locked and
// is sorted. False: the whole record has to be judged, and nothing was done yet.
static bool judge_among_readers(struct rf_thread *t, uint64_t *cells, uint32_t index, struct judgement *j) {
  struct rf_over *r = rf_over_at(index);
  const uint32_t count = r->count;
  uint32_t front = 0;
  if (j->fresh & RF_CELL_WRITE || count == rf_over_capacity(r->class_))
    return false;
  for (; front < count && !is_read(r->cell[front]); front++)
    if (is_over(r->cell[front]))
      return false;
  for (uint32_t i = 0; i < front; i++)
    judge(t, r->cell[i], j); // a read stands for no write
  uint32_t n = count - front > RF_READERS_RECENT ? count - RF_READERS_RECENT : front;
  for (uint32_t i = n; i < count; i++) {
    const uint64_t old = r->cell[i], kept = is_over(old) ? old : judge(t, old, j);
    r->cell[n] = kept;
    n += kept != 0;
    r->renewed += !kept && is_renewed(t, old, j->fresh);
  }
  const uint64_t c0 = load_cell(&cells[0]), kept = judge(t, c0, j);
  r->renewed += !kept && is_renewed(t, c0, j->fresh);
  if (kept && is_read(kept)) {
    r->cell[n++] = kept;
  } else if (kept) {
    r->cell[n++] = r->cell[front];
    r->cell[front] = kept;
  }
  settle_in_place(t, cells, index, n, j);
  return true;
}

// Whether all remotes of a locked granule go on while fresh is recorded.
static bool leaves_remotes(const struct rf_over *r, uint64_t fresh) {
  for (uint32_t i = 0; i < r->count; i++) {
    const struct rf_remote *m = remote_if_any(r->cell[i]);
    if (m && ((m->mask & rf_cell_mask(fresh) && rf_remote_conflicts(m, rf_cell_kind(fresh))) ||
              atomic_load_explicit(&m->state, memory_order_acquire) != RF_REMOTE_LIVE))
      return false;
  }
  return true;
}

// Judges an access to a granule whose record the caller has locked.
static void judge_record(struct rf_thread *t, uint64_t *cells, uint32_t index, struct judgement *j) {
  struct rf_over *r = rf_over_at(index);
  struct cell_list l;
  list_begin(&l, r);
  l.n = 1; // the new one
  take_back_for(t, r, j->fresh);
  for (uint32_t i = 0; i <= r->count; i++) {
    const uint64_t old = i == r->count ? load_cell(&cells[0]) : r->cell[i];
    if (!is_over(old)) {
      const uint32_t n = l.n;
      judge_into(&l, t, old, j);
      r->renewed += n == l.n && is_renewed(t, old, j->fresh);
      continue;
    }
    struct rf_remote *m = remote_of(old);
    if (atomic_load_explicit(&m->state, memory_order_acquire) == RF_REMOTE_LIVE) {
      l.cell[l.n++] = old;
      continue;
    }
    for (unsigned k = 0; k < RF_REMOTE_KINDS; k++)
      judge_into(&l, t, __atomic_load_n(&m->cell[k], __ATOMIC_RELAXED), j);
    give_up(m);
  }
  j->lend = is_lent_now(r);
  l.cell[0] = j->newest;
  settle_record(cells, index, &l);
  list_end(&l);
}

static void add_cells(struct cell_list *l, const struct rf_remote *m) {
  for (unsigned k = 0; k < RF_REMOTE_KINDS; k++)
    if (m->cell[k])
      l->cell[l->n++] = __atomic_load_n(&m->cell[k], __ATOMIC_RELAXED);
}

// The owner takes its remote home: the granule gets its cells.
static void take_home(struct rf_thread *t, struct rf_remote *m) {
  const bool owned = rf_owner_enter(t->owner, m->granule & map.mask);
  uint64_t *cells = cells_of(m->granule);
  uint32_t index;
  if (lock_record(cells, owned, &index)) {
    const struct rf_over *r = rf_over_at(index);
    struct cell_list l;
    list_begin(&l, r);
    l.cell[l.n++] = load_cell(&cells[0]);
    for (uint32_t i = 0; i < r->count; i++) {
      if (!is_over(r->cell[i]) || remote_of(r->cell[i]) != m) {
        l.cell[l.n++] = r->cell[i];
        continue;
      }
      take_back(m);
      add_cells(&l, m);
      give_up(m);
    }
    settle_record(cells, index, &l);
    list_end(&l);
  } // else somebody else takes it back at this moment
  if (owned)
    rf_owner_leave(t->owner);
}

// Whether all that the owner of m may record from now on is judged already against what is in the locked granule.
static bool may_begin(const struct rf_thread *t, const struct rf_over *r, uint64_t c0, const struct rf_remote *m) {
  for (uint32_t i = 0; i <= r->count; i++) {
    const uint64_t c = i == 0 ? c0 : r->cell[i - 1];
    if (is_over(c) ? remote_of(c)->mask & m->mask && remote_of(c)->atomic != m->atomic
                   : rf_cell_mask(c) & m->mask && rf_remote_conflicts(m, rf_cell_kind(c)) &&
                         !rf_epoch_ordered(t, rf_cell_epoch(c)))
      return false;
  }
  return true;
}

// Gives the thread a remote of the granule, in which it has just recorded fresh.
__attribute__((noinline)) static void lend(struct rf_thread *t, uintptr_t granule, uint64_t fresh) {
  struct rf_remote **place = rf_remote_place(t, granule);
  if (!place)
    return;
  if (*place) {
    take_home(t, *place);
    rf_remote_drop(t, place);
  }
  uint64_t *cells = cells_of(granule);
  uint32_t index;
  if (!lock_record(cells, false, &index))
    return;
  struct rf_over *r = rf_over_at(index);
  uint64_t c1 = load_cell(&cells[1]) & ~OVER_LOCK;
  struct rf_remote *m = rf_remote_new(t, granule, rf_cell_mask(fresh), !(fresh & RF_CELL_PLAIN));
  if (r->count < rf_over_capacity(r->class_) && may_begin(t, r, load_cell(&cells[0]), m)) {
    r->cell[r->count++] = OVER_TAG | rf_remote_index(m);
    r->sorted &= !m->atomic;
    *place = m;
    t->remotes_count++;
    c1 |= OVER_REMOTES;
  } else {
    rf_remote_free(m);
  }
  __atomic_store_n(&cells[1], c1, __ATOMIC_RELEASE);
}

// The first of a record's cells at which whoever looks for an access of its own looks; that of an earlier one does no
// harm where another is added.
static uint32_t first_to_look_at(uint32_t count) { return count > RF_READERS_MANY ? count - RF_READERS_RECENT : 0; }

static bool record_hits(const struct rf_thread *t, const uint64_t *cells, uint32_t index, uint64_t fresh) {
  const struct rf_over *r = rf_over_at(index);
  if (hits(t, load_cell(&cells[0]), fresh))
    return true;
  for (uint32_t i = first_to_look_at(r->count); i < r->count; i++)
    if (hits(t, r->cell[i], fresh))
      return true;
  return false;
}

// ---- Granules of at most two cells ----

// Whether a granule of two cells, of which kept ones stay beside the new access, gets a record that counts how often
// they are renewed: now and then when they are, and another thread's is among them.
static bool counts_from_now(struct rf_thread *t, uint64_t c0, uint64_t c1, unsigned kept, const struct judgement *j) {
  const unsigned own = is_own(t, c0) + is_own(t, c1), all = (c0 != 0) + (c1 != 0);
  if (!may_be_lent(j->fresh) || j->newest != j->fresh || own == all || kept == all || (j->fresh & RF_CELL_PLAIN && !own))
    return false;
  t->chance = t->chance * UINT64_C(6364136223846793005) + 1442695040888963407; // Knuth's MMIX generator
  return (t->chance >> 33) % RF_REMOTE_AFTER == 0;
}

// Returns false if the granule changed meanwhile.
static inline bool judge_pair(struct rf_thread *t, uint64_t *cells, uint64_t c0, uint64_t c1, struct judgement *j,
                              bool owned) {
  uint64_t list[3];
  unsigned n = 1;
  const uint64_t kept0 = c0 ? judge(t, c0, j) : 0;
  if (kept0)
    list[n++] = kept0;
  const uint64_t kept1 = c1 ? judge(t, c1, j) : 0;
  if (kept1)
    list[n++] = kept1;
  list[0] = j->newest;
  if (n < 3 && !(!owned && counts_from_now(t, c0, c1, n - 1, j))) {
    const bool done = swap_pair(cells, pair_of(c0, c1), pair_of(list[0], n > 1 ? list[1] : 0), owned);
    if (!c0)
      rf_touched_list(position_of(cells));
    return done;
  }
  const uint32_t index = rf_over_take(&t->records);
  struct rf_over *r = rf_over_at(index);
  r->count = n - 1;
  for (unsigned i = 1; i < n; i++)
    r->cell[i - 1] = list[i];
  if (swap_pair(cells, pair_of(c0, c1), pair_of(list[0], OVER_TAG | index), owned))
    return true;
  rf_over_keep(&t->records, index);
  return false;
}

// Checks and records in one atomic step. Returns false if the access was known already. looked: the caller has looked
// for it in the record; nobody else would add it since.
static inline __attribute__((always_inline)) bool record(struct rf_thread *t, uint64_t *cells, uint64_t fresh,
                                                         struct judgement *j, bool owned, bool looked) {
  for (unsigned turns = 0;; rf_pause(&turns)) {
    const uint64_t c0 = load_cell(&cells[0]), c1 = load_cell(&cells[1]);
    judge_begin(j, fresh);
    if (hits(t, c0, fresh))
      return false;
    if (!is_over(c1)) {
      if (hits(t, c1, fresh))
        return false;
      if (judge_pair(t, cells, c0, c1, j, owned))
        return true;
      continue;
    }
    if (c1 & OVER_LOCK || !swap_pair(cells, pair_of(c0, c1), pair_of(c0, c1 | OVER_LOCK), owned))
      continue;
    const uint32_t index = c1 & OVER_INDEX;
    if (!looked && record_hits(t, cells, index, fresh)) {
      __atomic_store_n(&cells[1], c1, __ATOMIC_RELEASE);
      return false;
    }
    if (rf_over_at(index)->sorted && judge_among_readers(t, cells, index, j))
      return true;
    if (rf_over_at(index)->count < rf_over_capacity(rf_over_at(index)->class_) &&
        (!(c1 & OVER_REMOTES) || leaves_remotes(rf_over_at(index), fresh)))
      judge_in_place(t, cells, index, j);
    else
      judge_record(t, cells, index, j);
    return true;
  }
}

// ---- Accesses ----

// The part of a cell that was accessed from one context, that of the first byte of some.
static uint64_t of_one_context(uint64_t cell, unsigned some) {
  const struct rf_seg *seg = rf_epoch_lookup(rf_cell_epoch(cell)).seg;
  const uint32_t ctx = rf_ctx_of_byte(seg, rf_cell_ctx(cell), (unsigned)__builtin_ctz(some));
  unsigned mask = 0;
  for (unsigned i = 0; i < 8; i++)
    if (rf_cell_mask(cell) >> i & 1 && rf_ctx_of_byte(seg, rf_cell_ctx(cell), i) == ctx)
      mask |= 1u << i;
  return rf_cell_make(rf_cell_epoch(cell), ctx, rf_cell_kind(cell), mask);
}

__attribute__((noinline, cold)) static void report(struct rf_thread *t, uintptr_t granule, uintptr_t addr, size_t size, const struct rf_access *a,
                   const struct judgement *j, uint64_t fresh) {
  for (unsigned i = 0; i < j->races; i++) {
    uint64_t before;
    for (unsigned left = rf_cell_mask(j->race[i]) & rf_cell_mask(fresh); left; left &= ~rf_cell_mask(before)) {
      before = of_one_context(j->race[i], left);
      const unsigned common = left & rf_cell_mask(before);
      const struct rf_race race = {t,
                                   granule + (unsigned)__builtin_ctz(common),
                                   addr,
                                   size,
                                   (unsigned)__builtin_popcount(common),
                                   fresh,
                                   before,
                                   *a};
      rf_host->race(&race);
    }
  }
}

static uint32_t context_of(struct rf_thread *t, const struct rf_access *a) {
  if (a->lib)
    return rf_thread_library_context(t, a->lib);
  return rf_thread_context(t, a->site);
}

// Bytes [addr, end) of the granule, as a mask.
static inline unsigned mask_in(uintptr_t granule, uintptr_t addr, uintptr_t end) {
  const unsigned from = granule < addr ? (unsigned)(addr - granule) : 0;
  const unsigned to = end - granule < 8 ? (unsigned)(end - granule) : 8;
  return (0xffu >> (8 - (to - from))) << from;
}

// Otherwise no remote of the granule is live.
static inline bool may_have_remotes(uint64_t c1) { return is_over(c1) && c1 & OVER_REMOTES; }

// looked: as in record().
static inline void access_granule(struct rf_thread *t, uintptr_t granule, unsigned mask, uint32_t ctx, uintptr_t addr,
                                  size_t size, const struct rf_access *a, bool looked) {
  const uint64_t fresh = rf_cell_make(t->epoch, ctx, a->kind, mask);
  struct rf_remote *m =
      may_have_remotes(load_cell(&cells_of(granule)[1])) ? rf_remote_find(t, granule) : NULL;
  if (m && rf_remote_renew(t, m, fresh)) {
    if (!t->dirty)
      rf_thread_soil(t);
    return;
  }
  struct judgement j;
  bool is_new;
  if (rf_owner_enter(t->owner, granule & map.mask)) {
    is_new = record(t, cells_of(granule), fresh, &j, true, looked);
    rf_owner_leave(t->owner);
  } else {
    is_new = record(t, cells_of(granule), fresh, &j, false, looked);
    if (__builtin_expect(j.lend, 0))
      lend(t, granule, fresh);
  }
  if (!is_new)
    return;
  if (!t->dirty)
    rf_thread_soil(t);
  if (__builtin_expect(j.races, 0))
    report(t, granule, addr, size, a, &j, fresh);
}

static bool ready(struct rf_thread *t) {
  if (rf_serial || t->ignore)
    return false;
  if (t->tls->mask != map.mask)
    rf_shadow_attach(t->tls); // the program became parallel behind this thread's back
  t->slow_count++;
  return true;
}

// What remains of an older cell of this thread's own beside a new access of that kind and those bytes.
static inline uint64_t rest_beside(uint64_t old, uint64_t kind, unsigned mask) {
  const uint64_t rest = rf_kind_covers(kind, rf_cell_kind(old)) ? old & ~(uint64_t)mask : old;
  return rf_cell_mask(rest) ? rest : 0;
}

// What follows c0 and c1 when t accesses the granule, which it did last itself, or nobody, or another thread alone that is
// ordered before it; and races with nobody.
struct follow {
  bool merges;       // the new access and c0 are to be one cell
  uint64_t older[2]; // what stays beside the new one, without gaps; if there are two, the granule needs a record
};
static inline bool follows(const struct rf_thread *t, uint64_t c0, uint64_t c1, uint64_t kind, unsigned mask,
                           struct follow *f) {
  *f = (struct follow){false, {c1, 0}};
  if (!is_of_block(t, c0)) {
    if (c1 || (c0 && !(kind & RF_CELL_PLAIN)) || // atomic ones may get remotes (counts_from_now)
        (rf_cell_mask(c0) & mask && !rf_epoch_ordered(t, rf_cell_epoch(c0))))
      return false;
    f->older[0] = rest_beside(c0, kind, mask);
    return true;
  }
  // By an access of the same bytes and kind: all that is older has been judged against that access.
  if (((c0 ^ (kind | mask)) & (RF_CELL_KIND | 0xff)) == 0)
    return true;
  if (is_over(c1))
    return false;
  if (c1 && is_of_block(t, c1)) {
    if (rf_cell_epoch(c1) == t->epoch && rf_cell_kind(c1) == kind)
      return false;
    c1 = rest_beside(c1, kind, mask);
  } else if (rf_cell_mask(c1) & mask) {
    if (!rf_epoch_ordered(t, rf_cell_epoch(c1)))
      return false;
    c1 = rest_beside(c1, kind, mask);
  }
  f->merges = rf_cell_epoch(c0) == t->epoch && rf_cell_kind(c0) == kind;
  const uint64_t rest = f->merges ? 0 : rest_beside(c0, kind, mask);
  f->older[0] = rest ? rest : c1;
  f->older[1] = rest ? c1 : 0;
  return true;
}

// The context of the access under the present stack, where looking it up begins no new segment (and epoch); else 0.
static inline uint32_t context_at_hand(struct rf_thread *t, const struct rf_access *a) {
  const struct rf_site *site = a->lib ? &a->lib->site : a->site;
  if (!site || t->tls->sp == t->frames)
    return 0;
  const struct rf_frame *top = t->tls->sp - 1;
  const uint32_t function =
      top->ctx && top->seg == t->seg_index ? top->ctx : rf_ctx_of_frames(t->seg, t->frames, t->tls->sp);
  const uint32_t caller = function && a->lib && top->site ? rf_ctx_intern(t->seg, function, top->site) : function;
  return caller ? rf_ctx_intern(t->seg, caller, site) : 0;
}

static inline bool unchanged(const uint64_t *cells, uint64_t c0, uint64_t c1) {
  return load_cell(&cells[0]) == c0 && load_cell(&cells[1]) == c1;
}

// Replaces c0 and c1, if they are still there.
static inline bool replace(struct rf_thread *t, uint64_t *cells, uint64_t c0, uint64_t c1, cell_pair new) {
  if (!rf_owner_enter(t->owner, position_of(cells)))
    return swap_pair(cells, pair_of(c0, c1), new, false);
  // Whoever shared the block until now may have been here meanwhile.
  const bool still = unchanged(cells, c0, c1);
  if (still)
    swap_pair(cells, pair_of(c0, c1), new, true);
  rf_owner_leave(t->owner);
  return still;
}

// The same, with a record for two older cells.
__attribute__((noinline)) static bool replace_by_record(struct rf_thread *t, uint64_t *cells, uint64_t c0, uint64_t c1,
                                                        uint64_t newest, const uint64_t *older) {
  const uint32_t index = rf_over_take(&t->records);
  struct rf_over *r = rf_over_at(index);
  r->count = 2;
  r->cell[0] = older[0];
  r->cell[1] = older[1];
  const bool done = replace(t, cells, c0, c1, pair_of(newest, OVER_TAG | index));
  if (!done)
    rf_over_keep(&t->records, index);
  return done;
}

// An access of which little is to be judged. ctx: its context, 0: still to be looked up.
static inline bool renew(struct rf_thread *t, uint64_t *cells, uint64_t c0, uint64_t c1, unsigned mask,
                         const struct rf_access *a, uint32_t ctx) {
  struct follow f;
  if (!follows(t, c0, c1, a->kind, mask, &f) || (is_over(c1) && c1 & OVER_LOCK))
    return false;
  if (!ctx)
    ctx = context_at_hand(t, a);
  if (!ctx)
    return false;
  uint64_t newest = rf_cell_make(t->epoch, ctx, a->kind, mask);
  if (f.merges && !merge(t, c0, &newest))
    return false;
  if (__builtin_expect(f.older[1] != 0, 0) ? !replace_by_record(t, cells, c0, c1, newest, f.older)
                                          : !replace(t, cells, c0, c1, pair_of(newest, f.older[0])))
    return false;
  if (!c0)
    rf_touched_list(position_of(cells));
  if (!t->dirty)
    rf_thread_soil(t);
  return true;
}

// Whether the granule's record holds the access, without its lock: this thread's cells are written by nobody else. If
// the granule still names the record afterwards, with the same newest cell, it did so all the time. *looked: otherwise
// it surely does not.
static inline bool record_knows(const struct rf_thread *t, uintptr_t granule, unsigned mask, uint64_t kind,
                                uint64_t c0, uint64_t c1, bool *looked) {
  const uint64_t *cells = cells_of(granule);
  if (c1 & OVER_LOCK)
    return false;
  const struct rf_over *r = rf_over_at(c1 & OVER_INDEX);
  const uint32_t count = __atomic_load_n(&r->count, __ATOMIC_RELAXED), room = rf_over_capacity(r->class_);
  for (uint32_t i = first_to_look_at(count); i < count && i < room; i++)
    if (rf_cell_hits(load_cell(&r->cell[i]), t->tls->cur, kind, mask))
      return load_cell(&cells[1]) == c1 && load_cell(&cells[0]) == c0;
  *looked = load_cell(&cells[1]) == c1 && load_cell(&cells[0]) == c0;
  return false;
}

// Judges an access that the granule's record does not hold, which named no remotes and was not locked. False: that has
// changed, or there is no room, and nothing was done. In a block of the thread's own nobody comes in between.
__attribute__((noinline)) static bool add_to_record(struct rf_thread *t, uintptr_t addr, size_t size,
                                                    const struct rf_access *a, uint64_t fresh, uint64_t c0,
                                                    uint64_t c1) {
  uint64_t *cells = cells_of(addr & ~(uintptr_t)7);
  const bool owned = rf_owner_enter(t->owner, position_of(cells));
  const uint32_t index = c1 & OVER_INDEX;
  const struct rf_over *r = rf_over_at(index);
  struct judgement j;
  judge_begin(&j, fresh);
  if (owned && !unchanged(cells, c0, c1)) {
    rf_owner_leave(t->owner);
    return false;
  }
  if (!owned && !swap_pair(cells, pair_of(c0, c1), pair_of(c0, c1 | OVER_LOCK), false))
    return false;
  const bool fits = !r->sorted && r->count < rf_over_capacity(r->class_);
  if (fits)
    judge_in_place(t, cells, index, &j);
  else if (!owned)
    __atomic_store_n(&cells[1], c1, __ATOMIC_RELEASE);
  if (owned)
    rf_owner_leave(t->owner);
  else if (__builtin_expect(j.lend, 0))
    lend(t, addr & ~(uintptr_t)7, fresh);
  if (!fits)
    return false;
  if (!t->dirty)
    rf_thread_soil(t);
  if (__builtin_expect(j.races, 0))
    report(t, addr & ~(uintptr_t)7, addr, size, a, &j, fresh);
  return true;
}

void rf_access_small(struct rf_thread *t, uintptr_t addr, size_t size, const struct rf_access *a) {
  if (!ready(t))
    return;
  const uintptr_t granule = addr & ~(uintptr_t)7;
  const unsigned mask = mask_in(granule, addr, addr + size);
  uint64_t *cells = cells_of(granule);
  const uint64_t c0 = load_cell(&cells[0]), c1 = load_cell(&cells[1]);
  bool looked = false;
  if (renew(t, cells, c0, c1, mask, a, 0))
    return;
  if (is_over(c1)) {
    if ((c1 & OVER_REMOTES && rf_remote_knows(t, granule, a->kind, mask)) ||
        record_knows(t, granule, mask, a->kind, c0, c1, &looked))
      return;
    const uint32_t ctx = looked && !(c1 & OVER_REMOTES) ? context_at_hand(t, a) : 0;
    if (ctx && add_to_record(t, addr, size, a, rf_cell_make(t->epoch, ctx, a->kind, mask), c0, c1))
      return;
  }
  const uint32_t ctx = context_of(t, a); // may begin a new epoch, so first
  access_granule(t, granule, mask, ctx, addr, size, a, looked);
}

// Fewer bytes are not worth to be looked at as a run.
#define RUN_MIN 32

// What nearly all granules of a range are in a block of the thread's own: not touched, or last by this thread, so
// that the new access stands for all that was. Stores fresh, of all bytes, in those that lie at the start of [from,
// end) and in one block; returns how many bytes they are.
static size_t renew_run(struct rf_thread *t, uintptr_t from, uintptr_t end, uint64_t fresh) {
  const uint64_t position = from & map.mask;
  if (!rf_owner_enter(t->owner, position))
    return 0;
  const size_t block = ((size_t)1 << RF_OWNER_BLOCK_BITS) - (position & (((size_t)1 << RF_OWNER_BLOCK_BITS) - 1));
  const size_t all = (end - from < block ? end - from : block) & ~(size_t)7;
  uint64_t *cells = cells_of(from), known = fresh; // known: a cell of an epoch that is ordered before
  size_t done = 0;
  for (; done < all; done += 8, cells += 2) {
    const uint64_t c0 = cells[0];
    if (cells[1])
      break;
    if (c0) {
      if (!rf_kind_covers(fresh, rf_cell_kind(c0)))
        break;
      if (rf_cell_epoch(c0 ^ known) && !rf_epoch_ordered(t, rf_cell_epoch(c0)))
        break;
      known = c0;
    }
    __atomic_store_n(&cells[0], fresh, __ATOMIC_RELAXED);
  }
  for (uint64_t at = position; at < position + done; at = (at | (RF_TOUCHED_PAGE - 1)) + 1)
    rf_touched_list(at);
  rf_owner_leave(t->owner);
  if (done && !t->dirty)
    rf_thread_soil(t);
  return done;
}

void rf_access(struct rf_thread *t, uintptr_t addr, size_t size, const struct rf_access *a) {
  if (!size || !ready(t))
    return;
  const uintptr_t end = addr + size;
  uint32_t ctx = 0;
  for (uintptr_t granule = addr & ~(uintptr_t)7; granule < end; granule += 8) {
    const unsigned mask = mask_in(granule, addr, end);
    // A hit needs no context: look first.
    if (!ctx && rf_cell_hits(load_cell(&cells_of(granule)[0]), t->tls->cur, a->kind, mask))
      continue;
    if (!ctx)
      ctx = context_of(t, a);
    if (mask == 0xff && end - granule >= RUN_MIN) {
      granule += renew_run(t, granule, end, rf_cell_make(t->epoch, ctx, a->kind, mask));
      if (granule >= end)
        break;
    }
    uint64_t *cells = cells_of(granule);
    const unsigned bytes = mask_in(granule, addr, end);
    if (!renew(t, cells, load_cell(&cells[0]), load_cell(&cells[1]), bytes, a, ctx))
      access_granule(t, granule, bytes, ctx, addr, size, a, false);
  }
}

static void look(struct rf_thread *t, uintptr_t addr, uint64_t *cells, uint64_t c1) {
  const uint32_t ctx = rf_thread_context(t, NULL);
  const uint64_t fresh = rf_cell_make(t->epoch, ctx, 0, 1u << (addr & 7));
  const uint64_t position = addr & ~(uint64_t)7 & map.mask;
  struct judgement j = {.fresh = fresh, .newest = fresh};
  const bool owned = rf_owner_enter(t->owner, position);
  judge(t, load_cell(&cells[0]), &j);
  if (!is_over(c1))
    judge(t, c1, &j);
  for (unsigned turns = 0; is_over(c1); rf_pause(&turns), c1 = load_cell(&cells[1])) {
    const uint64_t c0 = load_cell(&cells[0]);
    if (c1 & OVER_LOCK || !swap_pair(cells, pair_of(c0, c1), pair_of(c0, c1 | OVER_LOCK), owned))
      continue;
    const struct rf_over *r = rf_over_at(c1 & OVER_INDEX);
    for (uint32_t i = 0; i < r->count && !(r->sorted && is_read(r->cell[i])); i++)
      if (!is_over(r->cell[i])) // no remote conflicts with an atomic read
        judge(t, r->cell[i], &j);
    __atomic_store_n(&cells[1], c1, __ATOMIC_RELEASE);
    break;
  }
  if (owned)
    rf_owner_leave(t->owner);
  if (__builtin_expect(j.races, 0))
    report(t, addr & ~(uintptr_t)7, addr, 1, &(struct rf_access){.kind = 0}, &j, fresh);
}

void rf_shadow_look(struct rf_thread *t, uintptr_t addr) {
  uint64_t *cells = cells_of(addr & ~(uintptr_t)7);
  const uint64_t c1 = load_cell(&cells[1]);
  if (__builtin_expect((load_cell(&cells[0]) | c1) != 0, 0))
    look(t, addr, cells, c1);
}

// ---- Memory that begins a new life ----

static void clear_whole(uint64_t *cells, bool owned) {
  for (unsigned turns = 0;; rf_pause(&turns)) {
    const uint64_t c0 = load_cell(&cells[0]), c1 = load_cell(&cells[1]);
    if (!(c0 | c1))
      return;
    if (!is_over(c1)) {
      // Whoever else touches the granule now uses memory that is being given out anew. Its record may be
      // lost here, but it has been judged against the release, and races with that.
      __atomic_store_n(&cells[0], 0, __ATOMIC_RELAXED);
      __atomic_store_n(&cells[1], 0, __ATOMIC_RELAXED);
      return;
    }
    if (c1 & OVER_LOCK || !swap_pair(cells, pair_of(c0, c1), 0, owned))
      continue;
    const struct rf_over *r = rf_over_at(c1 & OVER_INDEX);
    for (uint32_t i = 0; i < r->count; i++)
      if (is_over(r->cell[i])) {
        take_back(remote_of(r->cell[i]));
        give_up(remote_of(r->cell[i]));
      }
    rf_over_free(c1 & OVER_INDEX);
    return;
  }
}

static void clear_part_of_record(uint64_t *cells, uint32_t index, unsigned mask) {
  const struct rf_over *r = rf_over_at(index);
  struct cell_list l;
  list_begin(&l, r);
  l.cell[l.n++] = load_cell(&cells[0]);
  for (uint32_t i = 0; i < r->count; i++) {
    struct rf_remote *m = is_over(r->cell[i]) ? remote_of(r->cell[i]) : NULL;
    if (!m || !(m->mask & mask)) {
      l.cell[l.n++] = r->cell[i];
      continue;
    }
    take_back(m); // whoever uses it at this moment uses memory that is being given out anew
    add_cells(&l, m);
    give_up(m);
  }
  for (uint32_t i = 0; i < l.n; i++)
    if (!is_over(l.cell[i]))
      l.cell[i] &= ~(uint64_t)mask; // cells without bytes are dropped at the next access
  settle_record(cells, index, &l);
  list_end(&l);
}

static void clear_part(uint64_t *cells, unsigned mask, bool owned) {
  for (unsigned turns = 0;; rf_pause(&turns)) {
    uint64_t c0 = load_cell(&cells[0]), c1 = load_cell(&cells[1]);
    if (!is_over(c1)) {
      const uint64_t k0 = rf_cell_mask(c0) & ~mask ? c0 & ~(uint64_t)mask : 0;
      const uint64_t k1 = rf_cell_mask(c1) & ~mask ? c1 & ~(uint64_t)mask : 0;
      if (swap_pair(cells, pair_of(c0, c1), k0 ? pair_of(k0, k1) : pair_of(k1, 0), owned))
        return;
      continue;
    }
    if (c1 & OVER_LOCK || !swap_pair(cells, pair_of(c0, c1), pair_of(c0, c1 | OVER_LOCK), owned))
      continue;
    clear_part_of_record(cells, c1 & OVER_INDEX, mask);
    return;
  }
}

// The granules of [from, end), which are whole, of one page, in a block of the thread's own.
static void clear_run(uintptr_t from, uintptr_t end) {
  for (uint64_t *cells = cells_of(from), *stop = cells + (end - from) / 4; cells < stop; cells += 2) {
    if (is_over(cells[1])) {
      clear_whole(cells, true);
      continue;
    }
    __atomic_store_n(&cells[0], 0, __ATOMIC_RELAXED);
    __atomic_store_n(&cells[1], 0, __ATOMIC_RELAXED);
  }
}

// What of [addr, end) lies in one page.
static void clear_in_page(struct rf_thread *t, uintptr_t addr, uintptr_t end) {
  if (end - addr == RF_TOUCHED_PAGE)
    rf_touched_unlist(addr & map.mask);
  for (uintptr_t granule = addr & ~(uintptr_t)7; granule < end; granule += 8) {
    uint64_t *cells = cells_of(granule);
    if (!(load_cell(&cells[0]) | load_cell(&cells[1])))
      continue;
    const unsigned mask = mask_in(granule, addr, end);
    const bool owned = rf_owner_enter(t->owner, granule & map.mask);
    if (owned && mask == 0xff) {
      clear_run(granule, end & ~(uintptr_t)7);
      granule = (end & ~(uintptr_t)7) - 8;
    } else if (mask == 0xff) {
      clear_whole(cells, owned);
    } else {
      clear_part(cells, mask, owned);
    }
    if (owned)
      rf_owner_leave(t->owner);
  }
}

void rf_shadow_clear(struct rf_thread *t, uintptr_t addr, size_t size) {
  rf_trace_note(RF_TRACE_CLEAR, t->self->number, addr, size, 0, 0);
  t->renewals++;
  for (const uintptr_t end = addr + size; addr < end;) {
    const uintptr_t block = (uintptr_t)1 << RF_OWNER_BLOCK_BITS, page = RF_TOUCHED_PAGE;
    const uint32_t pages = rf_touched_pages(addr & map.mask);
    const uintptr_t past = (addr | ((pages ? page : block) - 1)) + 1;
    if (pages & rf_touched_bit(addr & map.mask))
      clear_in_page(t, addr, past < end ? past : end);
    addr = past;
  }
}

void rf_shadow_disown(struct rf_thread *t, uintptr_t addr, size_t size) {
  const uint64_t from = addr & map.mask;
  rf_owner_release(t->owner, from, from + size);
}

unsigned rf_shadow_count(uintptr_t addr) {
  const uint64_t *cells = cells_of(addr);
  if (is_over(cells[1]))
    return 1 + rf_over_at(cells[1] & OVER_INDEX)->count;
  return (cells[0] != 0) + (cells[1] != 0);
}

// ---- Everything there is ----

#define PAGE_BYTES 4096u
#define BLOCK_SHADOW ((size_t)2 << RF_OWNER_BLOCK_BITS)
#define BLOCK_PAGES (BLOCK_SHADOW / PAGE_BYTES)

static void visit_page(const uint64_t *cell, void (*visit)(uint64_t cell)) {
  for (const uint64_t *end = cell + PAGE_BYTES / sizeof *cell; cell < end; cell += 2) {
    if (!is_over(cell[1])) {
      if (cell[0])
        visit(cell[0]);
      if (cell[1])
        visit(cell[1]);
      continue;
    }
    const struct rf_over *r = rf_over_at(cell[1] & OVER_INDEX);
    visit(cell[0]);
    for (uint32_t i = 0; i < r->count; i++) {
      if (!is_over(r->cell[i])) {
        visit(r->cell[i]);
        continue;
      }
      const struct rf_remote *m = remote_of(r->cell[i]);
      for (unsigned k = 0; k < RF_REMOTE_KINDS; k++)
        if (m->cell[k])
          visit(m->cell[k]);
    }
  }
}

static uint64_t visit_block(uint64_t block, void (*visit)(uint64_t cell)) {
  const uint32_t pages = rf_touched_table[block];
  for (unsigned i = 0; i < BLOCK_PAGES; i++)
    if (pages & 1u << i)
      visit_page((const uint64_t *)((const char *)map.base + block * BLOCK_SHADOW + i * PAGE_BYTES), visit);
  return (uint64_t)__builtin_popcount(pages);
}

uint64_t rf_shadow_visit(void (*visit)(uint64_t cell)) {
  const uint64_t blocks = ((map.mask + 8) >> RF_OWNER_BLOCK_BITS) + 1;
  const unsigned shift = RF_TOUCHED_REGION_BITS - RF_OWNER_BLOCK_BITS;
  uint64_t pages = 0;
  for (uint64_t region = 0; region << shift < blocks; region++)
    for (uint64_t b = region << shift; rf_touched_regions[region] && b < (region + 1) << shift && b < blocks; b++)
      if (rf_touched_table[b])
        pages += visit_block(b, visit);
  return pages;
}

// ---- Dropping cells (rf_ceiling.h) ----

static bool (*spares)(uint64_t cell);
static bool spared;
static void see_spared(uint64_t cell) { spared |= spares(cell); }

// Remotes stay, for their owners use them, and with them the newest cell: cell 0 names no remote.
static void drop_from_record(uint64_t *cells, bool (*gone)(uint64_t cell)) {
  const uint32_t index = cells[1] & OVER_INDEX;
  const struct rf_over *r = rf_over_at(index);
  struct cell_list l;
  list_begin(&l, r);
  l.cell[l.n++] = cells[0];
  for (uint32_t i = 0; i < r->count; i++)
    if (is_over(r->cell[i]) || !gone(r->cell[i]))
      l.cell[l.n++] = r->cell[i];
  if (l.n > 1 || !gone(cells[0]))
    settle_record(cells, index, &l);
  else
    clear_whole(cells, true);
  list_end(&l);
}

static void drop_from_pair(uint64_t *cells, bool (*gone)(uint64_t cell)) {
  const uint64_t c0 = cells[0] && !gone(cells[0]) ? cells[0] : 0;
  const uint64_t c1 = cells[1] && !gone(cells[1]) ? cells[1] : 0;
  __atomic_store_n(&cells[0], c0 ? c0 : c1, __ATOMIC_RELAXED);
  __atomic_store_n(&cells[1], c0 ? c1 : 0, __ATOMIC_RELAXED);
}

// Returns whether any is left.
static bool drop_in_page(uint64_t *cells, const struct rf_shadow_dropping *d) {
  bool any = false;
  for (const uint64_t *end = cells + PAGE_BYTES / sizeof *cells; cells < end; cells += 2) {
    if (!d->gone)
      clear_whole(cells, true);
    else if (is_over(cells[1]))
      drop_from_record(cells, d->gone);
    else
      drop_from_pair(cells, d->gone);
    any |= (cells[0] | cells[1]) != 0;
  }
  return any;
}

// Pages without cells, side by side, go back in one call.
struct idle_run {
  uint64_t from, end; // positions
};

static void discard_run(struct idle_run *run, uint64_t position, bool more) {
  if (run->end && (!more || run->end != position)) {
    rf_host->discard((void *)(map.base + 2 * run->from), 2 * (run->end - run->from));
    run->end = 0;
  }
  if (!more)
    return;
  run->from = run->end ? run->from : position;
  run->end = position + RF_TOUCHED_PAGE;
}

static void drop_page(uint64_t position, const struct rf_shadow_dropping *d, struct idle_run *run) {
  uint64_t *cells = (uint64_t *)(map.base + 2 * position);
  spared = false;
  spares = d->spares;
  if (spares)
    visit_page(cells, see_spared);
  if (spared || drop_in_page(cells, d))
    return;
  rf_touched_unlist(position);
  discard_run(run, position, true);
}

// The next listed page at or after position, end: none.
static uint64_t listed_page(uint64_t position, uint64_t end) {
  while (position < end) {
    if (!rf_touched_regions[position >> RF_TOUCHED_REGION_BITS])
      position = ((position >> RF_TOUCHED_REGION_BITS) + 1) << RF_TOUCHED_REGION_BITS;
    else if (!rf_touched_pages(position))
      position = ((position >> RF_OWNER_BLOCK_BITS) + 1) << RF_OWNER_BLOCK_BITS;
    else if (!rf_touched(position))
      position += RF_TOUCHED_PAGE;
    else
      return position;
  }
  return end;
}

void rf_shadow_drop(uint64_t *hand, const struct rf_shadow_dropping *d) {
  const uint64_t begin = *hand, end = map.mask + 8;
  struct idle_run run = {0, 0};
  for (unsigned half = 0; half < 2; half++) {
    const uint64_t stop = half ? begin : end;
    for (uint64_t at = listed_page(half ? 0 : begin, stop); at < stop; at = listed_page(at + RF_TOUCHED_PAGE, stop)) {
      *hand = at;
      if (d->enough && d->enough())
        break;
      drop_page(at, d, &run);
    }
  }
  discard_run(&run, 0, false);
}

void rf_shadow_discard_idle(void) {
  const uint64_t end = map.mask + 8, region = UINT64_C(1) << RF_TOUCHED_REGION_BITS;
  for (uint64_t from = 0; from < end; from += region) {
    const uint64_t stop = from + region < end ? from + region : end;
    if (!rf_touched_regions[from >> RF_TOUCHED_REGION_BITS])
      continue;
    // The first page of all holds the cell of serial phases.
    for (uint64_t at = from ? from : RF_TOUCHED_PAGE; at < stop;) {
      const uint64_t next = listed_page(at, stop);
      if (next > at)
        rf_host->discard((void *)(map.base + 2 * at), 2 * (next - at));
      at = next + RF_TOUCHED_PAGE;
    }
  }
}

// ---- A look at one granule ----

static unsigned add_cell(uint64_t cell, uint64_t *out, unsigned n, unsigned max) {
  if (cell && n < max)
    out[n++] = cell;
  return n;
}

// Of a granule whose record the caller has locked.
static unsigned cells_of_record(const struct rf_over *r, uint64_t *out, unsigned n, unsigned max) {
  for (uint32_t i = 0; i < r->count; i++) {
    const struct rf_remote *m = is_over(r->cell[i]) ? remote_of(r->cell[i]) : NULL;
    if (!m)
      n = add_cell(r->cell[i], out, n, max);
    for (unsigned k = 0; m && k < RF_REMOTE_KINDS; k++)
      n = add_cell(__atomic_load_n(&m->cell[k], __ATOMIC_RELAXED), out, n, max);
  }
  return n;
}

unsigned rf_shadow_cells(struct rf_thread *t, uintptr_t addr, uint64_t *out, unsigned max) {
  const bool owned = rf_owner_enter(t->owner, addr & map.mask);
  uint64_t *cells = cells_of(addr & ~(uintptr_t)7);
  uint32_t index;
  unsigned n = 0;
  if (lock_record(cells, owned, &index)) {
    n = add_cell(load_cell(&cells[0]), out, n, max);
    n = cells_of_record(rf_over_at(index), out, n, max);
    __atomic_store_n(&cells[1], load_cell(&cells[1]) & ~OVER_LOCK, __ATOMIC_RELEASE);
  } else {
    const uint64_t c1 = load_cell(&cells[1]);
    n = add_cell(load_cell(&cells[0]), out, n, max);
    n = is_over(c1) ? n : add_cell(c1, out, n, max);
  }
  if (owned)
    rf_owner_leave(t->owner);
  return n;
}
