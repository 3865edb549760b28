#include "rf_atomics.h"

#include "rf_line.h"
#include "rf_shadow.h"
#include "rf_trace.h"

enum { RELAXED, CONSUME, ACQUIRE, RELEASE, ACQ_REL, SEQ_CST };

// Consume is treated as acquire, as every compiler does.
static bool acquires(int order) { return order == CONSUME || order == ACQUIRE || order >= ACQ_REL; }
static bool releases(int order) { return order >= RELEASE; }

// 7.17.4p4: an acquire fence may follow.
static void keep_for_fence(struct rf_thread *t, const struct rf_clock *released) {
  t->has_fence_acquire = true;
  rf_clock_join(&t->fence_acquire, released, RF_CLOCK_NOBODY);
}

static void loaded(struct rf_thread *t, struct rf_sync *s, int order) {
  if (!s)
    return;
  if (acquires(order))
    rf_sync_acquire(t, s);
  else
    keep_for_fence(t, &s->released);
}

static void touch(struct rf_thread *t, uintptr_t addr, size_t size, uint64_t kind, const struct rf_site *site) {
  rf_access(t, addr, size, &(struct rf_access){.kind = kind, .site = site});
}

// ---- What a thread knows of a location ----

static struct rf_atom_known *known_at(struct rf_thread *t, uintptr_t addr) {
  return &t->atoms[(addr >> 2 ^ addr >> 9) % RF_ATOMS_KNOWN];
}

static bool is_recorded(const struct rf_thread *t, const struct rf_atom_known *k, size_t size, bool write) {
  return k->cur == t->tls->cur && k->size >= size && k->wrote >= write;
}

static void record(struct rf_thread *t, struct rf_atom_known *k, size_t size, bool write, const struct rf_site *site) {
  touch(t, k->addr, size, write ? RF_CELL_WRITE : 0, site);
  k->cur = t->tls->cur;
  k->size = (uint16_t)size;
  k->wrote = write;
}

// cur: the epoch in which the access was recorded.
static void know(struct rf_thread *t, uintptr_t addr, struct rf_atom_known k) {
  if (t->ignore || t->ignore_sync || rf_serial)
    return; // nothing was recorded, or learned
  k.addr = addr;
  t->atoms_any = true;
  *known_at(t, addr) = k;
}

// Notes what an attempt found. What was recorded is not known any more: the memory may have begun a new life since.
static void learn(struct rf_thread *t, uintptr_t addr, const struct rf_attempt *a, bool acquired) {
  t->atoms_any = true;
  *known_at(t, addr) = (struct rf_atom_known){
      .addr = addr, .line = a->line, .version = a->word, .acquired = acquired, .nothing = a->nothing};
}

// ---- Under the line ----

void rf_atomic_on_load(struct rf_thread *t, struct rf_line *line, uintptr_t addr, size_t size, int order,
                       const struct rf_site *site) {
  rf_trace_note(RF_TRACE_LOAD, t->self->number, addr, size, order, 0);
  struct rf_sync *s = t->ignore_sync ? NULL : rf_sync_find(line, addr, false);
  loaded(t, s, order);
  touch(t, addr, size, 0, site);
  know(t, addr, (struct rf_atom_known){.line = line, .cur = t->tls->cur, .version = rf_line_version(line),
                                       .size = (uint16_t)size, .acquired = acquires(order), .nothing = !s});
}

void rf_atomic_on_store(struct rf_thread *t, struct rf_line *line, uintptr_t addr, size_t size, int order,
                        const struct rf_site *site) {
  const bool release = releases(order);
  rf_sync_change(line);
  if (t->ignore_sync) {
    touch(t, addr, size, RF_CELL_WRITE, site);
    return;
  }
  struct rf_sync *s = rf_sync_find(line, addr, release || t->has_fence_release);
  rf_trace_note(RF_TRACE_STORE, t->self->number, addr, size, order, RF_CELL_WRITE);
  touch(t, addr, size, RF_CELL_WRITE, site);
  const uint64_t cur = t->tls->cur;
  if (release)
    rf_sync_release_store(t, s);
  else if (s)
    rf_sync_head_relaxed(t, s);
  // What it stored, it knows.
  know(t, addr, (struct rf_atom_known){.line = line, .cur = cur, .version = rf_line_version(line),
                                       .size = (uint16_t)size, .acquired = true, .nothing = !s, .wrote = true});
}

void rf_atomic_on_rmw(struct rf_thread *t, struct rf_line *line, uintptr_t addr, size_t size, int order,
                      const struct rf_site *site) {
  const bool release = releases(order);
  rf_sync_change(line);
  if (t->ignore_sync) {
    touch(t, addr, size, RF_CELL_WRITE, site);
    return;
  }
  struct rf_sync *s = rf_sync_find(line, addr, release || t->has_fence_release);
  rf_trace_note(RF_TRACE_RMW, t->self->number, addr, size, order, RF_CELL_WRITE);
  loaded(t, s, order);
  touch(t, addr, size, RF_CELL_WRITE, site);
  const uint64_t cur = t->tls->cur;
  if (release) {
    rf_thread_publish(t);
    rf_sync_head_merge(t, s, &t->vc);
  } else if (t->has_fence_release) {
    rf_sync_head_merge(t, s, &t->fence_release);
  }
  know(t, addr, (struct rf_atom_known){.line = line, .cur = cur, .version = rf_line_version(line),
                                       .size = (uint16_t)size, .acquired = acquires(order), .nothing = !s,
                                       .wrote = true});
}

void rf_atomic_on_fence(struct rf_thread *t, int order) {
  if (t->ignore_sync)
    return;
  rf_trace_note(RF_TRACE_FENCE, t->self->number, 0, 0, order, 0);
  if (acquires(order) && t->has_fence_acquire)
    rf_thread_learn(t, &t->fence_acquire);
  if (!releases(order))
    return;
  rf_thread_publish(t);
  rf_clock_copy(&t->fence_release, &t->vc);
  t->has_fence_release = true;
}

// ---- Without a lock ----
// Whoever changes a line's objects, or the value of a location that has one, holds it. So if a line is free and of the
// same version before and after an operation, the operation met the objects as they were all that time.

#ifdef RF_RECORD
static const bool without_lock = false; // such an operation has no place among those of the trace
#else
static const bool without_lock = true;
#endif

// Acquire: what is read next is not older than the word.
static uint32_t word_of(struct rf_line *line) { return atomic_load_explicit(&line->word, memory_order_acquire); }

// Reads the line's only object; what it finds counts only if the word is still the same afterwards.
static bool peek(struct rf_line *line, uintptr_t addr, struct rf_attempt *a) {
  const volatile struct rf_line *l = line;
  if (l->granule != rf_line_granule(addr))
    return false;
  a->nothing = l->first.addr != addr;
  if (a->nothing)
    return !l->first.next;
  for (unsigned i = 0; i < RF_CLOCK_FEW; i++)
    a->released.few[i] = l->first.released.few[i];
  a->released.recents = l->first.released.recents;
  for (unsigned i = 0; i < a->released.recents && i < RF_CLOCK_RECENT; i++) {
    a->released.recent_slot[i] = l->first.released.recent_slot[i];
    a->released.recent[i] = l->first.released.recent[i];
  }
  // A tree may go away meanwhile; acquisitions of what sections released must be counted.
  return !l->first.released.near && !l->first.released.far_height && !l->sections;
}

// Looks again, after the operation.
static bool is_unchanged(uintptr_t addr, const struct rf_attempt *a) {
  atomic_thread_fence(memory_order_acquire); // after all of peek()
  return a->line ? word_of(a->line) == a->word : !rf_line_find(addr);
}

bool rf_atomic_load_begin(struct rf_thread *t, uintptr_t addr, int order, struct rf_attempt *a) {
  if (!without_lock || t->ignore || t->ignore_sync || rf_serial)
    return false;
  const struct rf_atom_known *k = known_at(t, addr);
  if (k->addr == addr && k->line && (k->acquired || !acquires(order)) && word_of(k->line) == k->version) {
    a->line = k->line;
    a->word = k->version;
    a->learns = false;
    return true;
  }
  a->line = rf_line_find(addr);
  a->word = a->line ? word_of(a->line) : 0;
  a->learns = true;
  a->nothing = true;
  a->released.near = NULL;
  a->released.near_height = a->released.far_height = 0;
  return !(a->word & RF_LINE_HELD) && (!a->line || peek(a->line, addr, a));
}

bool rf_atomic_load_end(struct rf_thread *t, uintptr_t addr, size_t size, int order, const struct rf_site *site,
                        const struct rf_attempt *a) {
  if (!is_unchanged(addr, a))
    return false;
  struct rf_atom_known *k = known_at(t, addr);
  if (a->learns && !a->nothing && acquires(order))
    rf_thread_learn(t, &a->released);
  else if (a->learns && !a->nothing)
    keep_for_fence(t, &a->released);
  if (a->learns)
    learn(t, addr, a, acquires(order));
  if (a->learns || !is_recorded(t, k, size, false))
    record(t, k, size, false, site);
  return true;
}

bool rf_atomic_change_begin(struct rf_thread *t, uintptr_t addr, int order, struct rf_attempt *a) {
  if (!without_lock || order != RELAXED || t->has_fence_release || t->ignore || t->ignore_sync || rf_serial)
    return false;
  const struct rf_atom_known *k = known_at(t, addr);
  const bool known = k->addr == addr && k->line;
  a->line = known ? k->line : rf_line_find(addr);
  a->nothing = true;
  a->word = known ? k->version : 0;
  return known ? k->nothing && word_of(k->line) == k->version : !a->line;
}

void rf_atomic_change_end(struct rf_thread *t, uintptr_t addr, size_t size, bool reads, const struct rf_site *site,
                          const struct rf_attempt *a) {
  if (reads && !is_unchanged(addr, a)) { // perhaps it read what somebody has released meanwhile
    struct rf_line *line = rf_sync_enter(addr);
    loaded(t, rf_sync_find(line, addr, false), RELAXED);
    rf_sync_leave(line);
  }
  struct rf_atom_known *k = known_at(t, addr);
  if (!a->line)
    learn(t, addr, a, false);
  if (!a->line || !is_recorded(t, k, size, true))
    record(t, k, size, true, site);
}

// ---- For reports ----

enum rf_released rf_atomic_released(uintptr_t addr, uint32_t slot, uint64_t clock, uint32_t *sole) {
  struct rf_attempt a = {.line = rf_line_find(addr), .nothing = true};
  a.word = a.line ? word_of(a.line) : 0;
  *sole = 0;
  if (a.word & RF_LINE_HELD || (a.line && !peek(a.line, addr, &a)))
    return RF_RELEASED_UNKNOWN;
  if (!a.nothing)
    *sole = *(const volatile uint32_t *)&a.line->first.sole;
  if (!is_unchanged(addr, &a))
    return RF_RELEASED_UNKNOWN;
  if (a.nothing)
    return RF_RELEASED_NOTHING;
  return rf_clock_get(&a.released, slot) >= clock ? RF_RELEASED_KNOWN : RF_RELEASED_OTHER;
}
