#include "rf_miss.h"

#include "rf_atomics.h"
#include "rf_epoch.h"
#include "rf_parts.h"
#include "rf_text.h"

// The access that is ordered before whoever acquires what its thread released afterwards.
struct earlier {
  const struct rf_lthread *thread;
  uint64_t clock;
  uintptr_t addr;
};

// ---- Calls ----

struct ops {
  struct rf_sync_op at[RF_SYNC_OPS]; // the newest first
  uint32_t count;
};

static unsigned way(const struct rf_sync_op *op) { return op->clock_way & ((1u << RF_SYNC_WAY_BITS) - 1); }

static const struct rf_sync_op *acquire_of(const struct ops *ops, uintptr_t object) {
  for (uint32_t i = 0; i < ops->count; i++)
    if (ops->at[i].object == object && way(&ops->at[i]) & RF_SYNC_ACQUIRED)
      return &ops->at[i];
  return NULL;
}

struct pair {
  enum rf_miss_kind kind;
  const struct rf_sync_op *released, *acquired; // acquired: NULL if there is none
};

static struct pair pair_of(const struct rf_sync_op *op, uint64_t clock, const struct ops *later) {
  const struct rf_sync_op *acquired = acquire_of(later, op->object);
  if ((way(op) & (RF_SYNC_RELEASED | RF_SYNC_RESUMED)) != RF_SYNC_RELEASED)
    return (struct pair){RF_MISS_NONE, op, NULL};
  if (op->clock_way >> RF_SYNC_WAY_BITS > clock)
    return (struct pair){acquired ? RF_MISS_TOO_EARLY : RF_MISS_NOT_ACQUIRED, op, acquired};
  return (struct pair){acquired ? RF_MISS_RELEASED_BEFORE : RF_MISS_NONE, op, acquired};
}

// Of what nobody acquired the first release was the first chance.
static struct pair nearest(const struct ops *earlier, uint64_t clock, const struct ops *later) {
  struct pair best = {RF_MISS_NONE, NULL, NULL};
  for (uint32_t i = 0; i < earlier->count; i++) {
    const struct pair p = pair_of(&earlier->at[i], clock, later);
    if (p.kind < best.kind || (p.kind == best.kind && p.kind == RF_MISS_NOT_ACQUIRED))
      best = p;
  }
  return best;
}

// What stands there in the source, "" unknown.
static const char *text_at(rf_place where) {
  const struct rf_site *site = rf_place_leaf(where);
  return site && site->kind != RF_SITE_LIB && site->kind != RF_SITE_PC ? rf_site_text(&site->expr) : "";
}

static struct rf_model_op op_build(const struct rf_sync_op *op) {
  return (struct rf_model_op){text_at(op->where), rf_place_frame(op->where)};
}

static const char *name_of(uintptr_t object, rf_describe_fn *describe) {
  static struct rf_model_memory memory; // under the report lock, and too large for small stacks
  memory = (struct rf_model_memory){.kind = RF_MEMORY_UNKNOWN, .name = "", .addr = object};
  describe(object, &memory);
  return memory.name;
}

static bool holds(const struct rf_model_side *s, uintptr_t lock) {
  for (uint32_t i = 0; i < s->lock_count; i++)
    if (s->lock[i].addr == lock)
      return true;
  return false;
}

static bool can_be_shown(const struct rf_model_op *op) {
  return *op->what && op->at.line && !rf_frame_in_library(&op->at);
}

static void calls_build(struct rf_model *m, const struct rf_race *race, const struct earlier *e,
                        rf_describe_fn *describe) {
  static struct ops earlier, later; // under the report lock, and too large for small stacks
  struct rf_model_miss *miss = &m->miss;
  earlier.count = rf_thread_sync_ops(e->thread, earlier.at);
  later.count = rf_thread_sync_ops(race->thread->self, later.at);
  struct pair p = nearest(&earlier, e->clock, &later);
  if (p.kind == RF_MISS_NONE)
    return;
  const char *name = name_of(p.released->object, describe);
  // Without a name it may be another object at the same address: of that only what one thread did is told.
  if (p.kind == RF_MISS_TOO_EARLY && !*name)
    p = (struct pair){RF_MISS_NOT_ACQUIRED, p.released, NULL};
  *miss = (struct rf_model_miss){p.kind, name, op_build(p.released), {"", {"", "", 0, 0}}};
  if (p.acquired)
    miss->acquired = op_build(p.acquired);
  if (!can_be_shown(&miss->released) || (p.acquired && (!*name || !can_be_shown(&miss->acquired))) ||
      (p.kind == RF_MISS_RELEASED_BEFORE && holds(&m->before, p.released->object)))
    miss->kind = RF_MISS_NONE;
}

// ---- Atomic variables ----
// Which ones the later thread loads, it keeps; who stored there, and where, the shadow knows.

struct atomic_access {
  uint64_t clock; // 0: there is none
  rf_place where;
};

// The newest atomic access of the kind that the thread has at addr. t: the caller.
static struct atomic_access access_of(struct rf_thread *t, const struct rf_lthread *thread, uintptr_t addr,
                                      uint64_t kind) {
  uint64_t cell[32];
  struct atomic_access found = {0, 0};
  const unsigned n = rf_shadow_cells(t, addr, cell, sizeof cell / sizeof *cell);
  for (unsigned i = 0; i < n; i++) {
    const struct rf_epoch_owner o = rf_epoch_lookup(rf_cell_epoch(cell[i]));
    if (rf_cell_kind(cell[i]) != kind || !(rf_cell_mask(cell[i]) >> (addr & 7) & 1) || o.thread != thread ||
        o.clock <= found.clock)
      continue;
    const uint32_t ctx = rf_ctx_of_byte(o.seg, rf_cell_ctx(cell[i]), addr & 7);
    found.clock = o.clock;
    found.where = rf_place_make(thread->number, thread->kind == RF_THREAD_GOROUTINE, rf_seg_index(o.seg), ctx);
  }
  return found;
}

static enum rf_miss_kind kind_of(const struct rf_thread *later, const struct rf_atom_known *k,
                                 const struct earlier *e) {
  uint32_t sole;
  switch (rf_atomic_released(k->addr, e->thread->slot, e->clock, &sole)) {
  case RF_RELEASED_NOTHING:
    return RF_MISS_RELAXED_STORE;
  case RF_RELEASED_OTHER: // by the thread's own last store there?
    return sole == e->thread->number ? RF_MISS_RELAXED_STORE : RF_MISS_NONE;
  case RF_RELEASED_KNOWN:
    return !k->acquired && rf_clock_get(&later->fence_acquire, e->thread->slot) >= e->clock ? RF_MISS_RELAXED_LOAD
                                                                                            : RF_MISS_NONE;
  case RF_RELEASED_UNKNOWN:
    break;
  }
  return RF_MISS_NONE;
}

static void atom_build(struct rf_model_miss *miss, struct rf_thread *later, const struct rf_atom_known *k,
                       const struct earlier *e) {
  const struct atomic_access stored = access_of(later, e->thread, k->addr, RF_CELL_WRITE);
  if (!stored.clock || stored.clock < e->clock)
    return;
  const struct atomic_access loaded = access_of(later, later->self, k->addr, 0);
  const enum rf_miss_kind kind = loaded.clock ? kind_of(later, k, e) : RF_MISS_NONE;
  if (kind >= miss->kind)
    return;
  const struct rf_model_miss found = {kind,
                                      text_at(stored.where),
                                      {"store", rf_place_frame(stored.where)},
                                      {"load", rf_place_frame(loaded.where)}};
  if (*found.name && can_be_shown(&found.released) && can_be_shown(&found.acquired))
    *miss = found;
}

void rf_miss_build(struct rf_model *m, const struct rf_race *race, rf_describe_fn *describe) {
  const struct rf_epoch_owner owner = rf_epoch_lookup(rf_cell_epoch(race->before));
  const struct earlier e = {owner.thread, owner.clock, race->addr};
  m->miss = (struct rf_model_miss){.kind = RF_MISS_NONE, .name = ""};
  calls_build(m, race, &e, describe);
  for (uint32_t i = 0; i < RF_ATOMS_KNOWN; i++) {
    const struct rf_atom_known *k = &race->thread->atoms[i];
    if (k->addr && !k->wrote && k->addr >> 3 != e.addr >> 3)
      atom_build(&m->miss, race->thread, k, &e);
  }
}
