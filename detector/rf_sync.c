#include "rf_sync.h"

#include "rf_lock.h"
#include "rf_mem.h"
#include "rf_order.h"
#include "rf_shadow.h"
#include "rf_trace.h"

// What one thread's latest release on a location published, kept apart from the others' because a relaxed
// store ends the release sequences of other threads and continues its own thread's (C11 5.1.2.4p10).
struct head {
  uint32_t thread; // number
  uint32_t record; // index of the thread's record, 0: not looked up
  struct rf_clock clock;
};

struct rf_sync {
  struct rf_sync *next; // in its line
  uintptr_t addr;
  struct rf_clock released; // join of all heads
  struct head *heads;       // empty while `released` is one thread's alone
  uint32_t head_count, head_room;
  uint32_t acquisitions; // how often somebody learned what was released
  uint32_t sole; // the thread whose release `released` is; 0: nobody's, MANY: see heads
};

#define MANY UINT32_MAX
#define LINE_BITS 6
#define PAGE_BITS 12
#define LINES (1u << (PAGE_BITS - LINE_BITS))
#define BUCKETS (1u << 16)

struct rf_line {
  struct rf_lock lock;
  _Atomic uint32_t version; // odd while something in the line changes; changed under lock or by forgetting
  struct rf_sync *first;    // guarded by lock
};

struct page {
  struct page *next; // in its bucket; pages are never unlinked
  uintptr_t number;
  struct rf_line line[LINES];
};

static _Atomic(struct page *) *buckets;

void rf_sync_init(void) { buckets = rf_host->map(BUCKETS * sizeof *buckets); }

static _Atomic(struct page *) *bucket_of(uintptr_t number) {
  return &buckets[(number * UINT64_C(0x9e3779b97f4a7c15)) >> 48];
}

static struct page *page_find(uintptr_t number) {
  struct page *p = atomic_load_explicit(bucket_of(number), memory_order_acquire);
  while (p && p->number != number)
    p = p->next;
  return p;
}

static struct page *page_get(uintptr_t number) {
  struct page *p = page_find(number);
  if (p)
    return p;
  _Atomic(struct page *) *bucket = bucket_of(number);
  struct page *fresh = rf_mem_alloc(sizeof *fresh);
  fresh->number = number;
  struct page *head = atomic_load_explicit(bucket, memory_order_acquire);
  for (;;) {
    for (p = head; p && p->number != number;)
      p = p->next;
    if (p) { // somebody else was faster
      rf_mem_free(fresh, sizeof *fresh);
      return p;
    }
    fresh->next = head;
    // Release: a reader that sees the page sees it initialised.
    if (atomic_compare_exchange_weak_explicit(bucket, &head, fresh, memory_order_release, memory_order_acquire))
      return fresh;
  }
}

struct rf_line *rf_sync_enter(uintptr_t addr) {
  struct rf_line *line = &page_get(addr >> PAGE_BITS)->line[(addr >> LINE_BITS) % LINES];
  rf_lock_enter(&line->lock);
  return line;
}

void rf_sync_change(struct rf_line *line) {
  if (!(atomic_load_explicit(&line->version, memory_order_relaxed) & 1))
    atomic_fetch_add_explicit(&line->version, 1, memory_order_seq_cst);
}

void rf_sync_leave(struct rf_line *line) {
  if (atomic_load_explicit(&line->version, memory_order_relaxed) & 1)
    atomic_fetch_add_explicit(&line->version, 1, memory_order_release);
  rf_lock_leave(&line->lock);
}

struct rf_sync *rf_sync_find(struct rf_line *line, uintptr_t addr, bool create) {
  struct rf_sync *s = line->first;
  while (s && s->addr != addr)
    s = s->next;
  if (s || !create)
    return s;
  s = rf_mem_alloc(sizeof *s);
  *s = (struct rf_sync){.next = line->first, .addr = addr};
  line->first = s;
  return s;
}

// ---- Heads of release sequences ----

static void heads_drop(struct rf_sync *s) {
  for (uint32_t i = 0; i < s->head_count; i++)
    rf_clock_clear(&s->heads[i].clock);
  if (s->heads)
    rf_mem_free(s->heads, s->head_room * sizeof *s->heads);
  s->heads = NULL;
  s->head_count = s->head_room = 0;
}

static struct head *head_of(struct rf_sync *s, uint32_t thread) {
  for (uint32_t i = 0; i < s->head_count; i++)
    if (s->heads[i].thread == thread)
      return &s->heads[i];
  return NULL;
}

static bool has_ended(const struct head *h) {
  const struct rf_lthread *l = h->record ? rf_lthread_at(h->record) : rf_lthread_numbered(h->thread);
  return !l || l->number != h->thread || atomic_load_explicit(&l->ended, memory_order_relaxed);
}

// A thread that has ended stores nothing any more, so that nobody will ask for its head.
static void heads_prune(struct rf_sync *s) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < s->head_count; i++)
    if (has_ended(&s->heads[i]))
      rf_clock_clear(&s->heads[i].clock);
    else
      s->heads[kept++] = s->heads[i];
  s->head_count = kept;
}

static void heads_grow(struct rf_sync *s) {
  const uint32_t room = s->head_room ? 2 * s->head_room : 4;
  struct head *heads = rf_mem_alloc(room * sizeof *heads);
  for (uint32_t i = 0; i < s->head_count; i++)
    heads[i] = s->heads[i];
  if (s->heads)
    rf_mem_free(s->heads, s->head_room * sizeof *heads);
  s->heads = heads;
  s->head_room = room;
}

static struct head *head_add(struct rf_sync *s, uint32_t thread, uint32_t record) {
  if (s->head_count == s->head_room) {
    heads_prune(s);
    if (s->head_count * 2 >= s->head_room) // not only when it is full, or each addition would look for ended threads
      heads_grow(s);
  }
  struct head *h = &s->heads[s->head_count++];
  *h = (struct head){.thread = thread, .record = record};
  return h;
}

// ---- Releases and acquires ----

void rf_sync_acquire(struct rf_thread *t, struct rf_sync *s) {
  s->acquisitions++;
  rf_clock_join(&t->vc, &s->released);
}

static void release_clock_store(struct rf_thread *t, struct rf_sync *s, const struct rf_clock *clock) {
  heads_drop(s);
  rf_clock_copy(&s->released, clock);
  s->sole = t->self->number;
}

static void release_clock_merge(struct rf_thread *t, struct rf_sync *s, const struct rf_clock *clock) {
  const uint32_t me = t->self->number;
  if (s->sole == 0 || s->sole == me) {
    rf_clock_join(&s->released, clock);
    s->sole = me;
    return;
  }
  if (s->sole != MANY) {
    rf_clock_copy(&head_add(s, s->sole, 0)->clock, &s->released);
    s->sole = MANY;
  }
  struct head *mine = head_of(s, me);
  // Joined, not replaced: what a release fence publishes may be older than the thread's last release here.
  rf_clock_join(&(mine ? mine : head_add(s, me, t->self->index))->clock, clock);
  rf_clock_join(&s->released, clock);
}

void rf_sync_release_store(struct rf_thread *t, struct rf_sync *s) {
  rf_thread_publish(t);
  release_clock_store(t, s, &t->vc);
}

void rf_sync_release_merge(struct rf_thread *t, struct rf_sync *s) {
  rf_thread_publish(t);
  rf_clock_join(&s->released, &t->vc);
  s->sole = t->self->number; // never the object of relaxed stores, so its heads do not matter
}

// ---- Atomics ----

enum { RELAXED, CONSUME, ACQUIRE, RELEASE, ACQ_REL, SEQ_CST };

// Consume is treated as acquire, as every compiler does.
static bool acquires(int order) { return order == CONSUME || order == ACQUIRE || order >= ACQ_REL; }
static bool releases(int order) { return order >= RELEASE; }

static void loaded(struct rf_thread *t, struct rf_sync *s, int order) {
  if (!s)
    return;
  if (acquires(order))
    rf_sync_acquire(t, s);
  else
    rf_clock_join(&t->fence_acquire, &s->released); // 7.17.4p4: an acquire fence may follow
}

static void touch(struct rf_thread *t, uintptr_t addr, size_t size, uint64_t kind, const struct rf_site *site) {
  rf_access(t, addr, size, &(struct rf_access){.kind = kind, .site = site});
}

static struct rf_load_known *known_at(struct rf_thread *t, uintptr_t addr) {
  return &t->loads[(addr >> 2 ^ addr >> 9) % RF_LOADS_KNOWN];
}

void rf_atomic_on_load(struct rf_thread *t, struct rf_line *line, uintptr_t addr, size_t size, int order,
                       const struct rf_site *site) {
  rf_trace_note(RF_TRACE_LOAD, t->self->number, addr, size, order, 0);
  if (!t->ignore_sync)
    loaded(t, rf_sync_find(line, addr, false), order);
  touch(t, addr, size, 0, site);
  if (t->ignore || t->ignore_sync)
    return; // the next load may count
  if (rf_serial)
    return; // nothing was recorded
  *known_at(t, addr) = (struct rf_load_known){
      addr, line, t->tls->cur, atomic_load_explicit(&line->version, memory_order_relaxed), (uint16_t)size,
      acquires(order)};
}

bool rf_atomic_known(struct rf_thread *t, uintptr_t addr, size_t size, int order, uint32_t *version) {
#ifdef RF_RECORD
  return false; // a load that takes no lock has no place among the stores
#endif
  const struct rf_load_known *k = known_at(t, addr);
  if (k->addr != addr || k->size < size || k->cur != t->tls->cur || (acquires(order) && !k->acquired))
    return false;
  // Acquire: the value is loaded after the version, and rf_atomic_still() looks again after the value.
  *version = atomic_load_explicit(&k->line->version, memory_order_acquire);
  return *version == k->version && !(*version & 1);
}

bool rf_atomic_still(struct rf_thread *t, uintptr_t addr, uint32_t version) {
  return atomic_load_explicit(&known_at(t, addr)->line->version, memory_order_acquire) == version;
}

// A store that is not a release: other threads' release sequences end here, its own thread's go on, and a
// release fence before it publishes through it (7.17.4p3).
static void relaxed_store(struct rf_thread *t, struct rf_sync *s) {
  const uint32_t me = t->self->number;
  if (s->sole == MANY) {
    const struct head *mine = head_of(s, me);
    if (mine)
      rf_clock_copy(&s->released, &mine->clock);
    else
      rf_clock_clear(&s->released);
    heads_drop(s);
  } else if (s->sole != me) {
    rf_clock_clear(&s->released);
  }
  s->sole = me;
  if (t->has_fence_release)
    rf_clock_join(&s->released, &t->fence_release);
}

void rf_atomic_on_store(struct rf_thread *t, struct rf_line *line, uintptr_t addr, size_t size, int order,
                        const struct rf_site *site) {
  const bool release = releases(order);
  if (t->ignore_sync) {
    touch(t, addr, size, RF_CELL_WRITE, site);
    return;
  }
  struct rf_sync *s = rf_sync_find(line, addr, release || t->has_fence_release);
  rf_trace_note(RF_TRACE_STORE, t->self->number, addr, size, order, RF_CELL_WRITE);
  touch(t, addr, size, RF_CELL_WRITE, site);
  if (release)
    rf_sync_release_store(t, s);
  else if (s)
    relaxed_store(t, s);
}

void rf_atomic_on_rmw(struct rf_thread *t, struct rf_line *line, uintptr_t addr, size_t size, int order,
                      const struct rf_site *site) {
  const bool release = releases(order);
  if (t->ignore_sync) {
    touch(t, addr, size, RF_CELL_WRITE, site);
    return;
  }
  struct rf_sync *s = rf_sync_find(line, addr, release || t->has_fence_release);
  rf_trace_note(RF_TRACE_RMW, t->self->number, addr, size, order, RF_CELL_WRITE);
  loaded(t, s, order);
  touch(t, addr, size, RF_CELL_WRITE, site);
  if (release) {
    rf_thread_publish(t);
    release_clock_merge(t, s, &t->vc);
  } else if (t->has_fence_release) {
    release_clock_merge(t, s, &t->fence_release);
  }
}

void rf_atomic_on_fence(struct rf_thread *t, int order) {
  if (t->ignore_sync)
    return;
  rf_trace_note(RF_TRACE_FENCE, t->self->number, 0, 0, order, 0);
  if (acquires(order))
    rf_clock_join(&t->vc, &t->fence_acquire);
  if (!releases(order))
    return;
  rf_thread_publish(t);
  rf_clock_copy(&t->fence_release, &t->vc);
  t->has_fence_release = true;
}

// ---- Whole steps ----

void rf_sync_acquire_at(struct rf_thread *t, uintptr_t addr) {
  if (t->ignore_sync)
    return;
  struct rf_line *line = rf_sync_enter(addr);
  struct rf_sync *s = rf_sync_find(line, addr, false);
  rf_trace_note(RF_TRACE_ACQUIRE, t->self->number, addr, 0, 0, 0);
  if (s)
    rf_sync_acquire(t, s);
  rf_sync_leave(line);
}

void rf_sync_release_merge_at(struct rf_thread *t, uintptr_t addr) {
  if (t->ignore_sync)
    return;
  struct rf_line *line = rf_sync_enter(addr);
  rf_sync_change(line);
  rf_trace_note(RF_TRACE_RELEASE_MERGE, t->self->number, addr, 0, 0, 0);
  rf_sync_release_merge(t, rf_sync_find(line, addr, true));
  rf_sync_leave(line);
}

void rf_sync_release_store_at(struct rf_thread *t, uintptr_t addr) {
  if (t->ignore_sync)
    return;
  struct rf_line *line = rf_sync_enter(addr);
  rf_sync_change(line);
  rf_trace_note(RF_TRACE_RELEASE_STORE, t->self->number, addr, 0, 0, 0);
  rf_sync_release_store(t, rf_sync_find(line, addr, true));
  rf_sync_leave(line);
}

// ---- Critical sections ----
// Nobody but its holder is in the section. So what the holder does there, and what it did there the last time, are
// alike for everyone else if nobody has learned of the last time: the release of this time tells of both. Then the
// section goes on in the epoch of the last one, and finds what it accesses known.

static bool may_resume(const struct rf_thread *t, const struct rf_sync *s) {
  const struct rf_left *l = &t->left;
  return l->object == s->addr && l->acquisitions == s->acquisitions && l->publications == t->publications &&
         l->adoptions == atomic_load_explicit(&rf_thread_adoptions, memory_order_relaxed) && t->held_count == 1 && !t->dirty && t->epoch == l->epoch + 1 && t->epoch > t->epoch_first;
}

void rf_sync_lock_at(struct rf_thread *t, uintptr_t lock) {
  if (t->ignore_sync)
    return;
  struct rf_line *line = rf_sync_enter(lock);
  struct rf_sync *s = rf_sync_find(line, lock, false);
  rf_trace_note(RF_TRACE_ACQUIRE, t->self->number, lock, 0, 0, 0);
  const bool again = s && may_resume(t, s);
  if (s)
    rf_sync_acquire(t, s);
  if (again)
    rf_thread_resume(t);
  rf_sync_leave(line);
}

void rf_sync_read_lock_at(struct rf_thread *t, uintptr_t lock, uintptr_t readers) {
  rf_sync_acquire_at(t, lock);
  if (t->left.object != readers || t->ignore_sync)
    return;
  struct rf_line *line = rf_sync_enter(readers);
  const struct rf_sync *s = rf_sync_find(line, readers, false);
  if (s && may_resume(t, s))
    rf_thread_resume(t);
  rf_sync_leave(line);
}

// After the release: t is in a new epoch, and the one before is that of the section.
static void leave_section(struct rf_thread *t, const struct rf_sync *s) {
  const bool useful = t->section_dirty && t->clock == t->last_dirty + 1 && !t->held_count;
  t->left = (struct rf_left){useful ? s->addr : 0, s->acquisitions, t->publications, t->epoch - 1,
                             atomic_load_explicit(&rf_thread_adoptions, memory_order_relaxed)};
}

void rf_sync_unlock_at(struct rf_thread *t, uintptr_t lock) {
  if (t->ignore_sync)
    return;
  struct rf_line *line = rf_sync_enter(lock);
  rf_sync_change(line);
  rf_trace_note(RF_TRACE_RELEASE_STORE, t->self->number, lock, 0, 0, 0);
  struct rf_sync *s = rf_sync_find(line, lock, true);
  rf_sync_release_store(t, s);
  leave_section(t, s);
  rf_sync_leave(line);
}

void rf_sync_read_unlock_at(struct rf_thread *t, uintptr_t readers) {
  if (t->ignore_sync)
    return;
  struct rf_line *line = rf_sync_enter(readers);
  rf_sync_change(line);
  rf_trace_note(RF_TRACE_RELEASE_MERGE, t->self->number, readers, 0, 0, 0);
  struct rf_sync *s = rf_sync_find(line, readers, true);
  rf_sync_release_merge(t, s);
  leave_section(t, s);
  rf_sync_leave(line);
}

// ---- Forgetting ----

static void forget_in_line(struct rf_line *line, uintptr_t from, uintptr_t to) {
  rf_lock_enter(&line->lock);
  rf_sync_change(line);
  for (struct rf_sync **at = &line->first; *at;) {
    struct rf_sync *s = *at;
    if (s->addr < from || s->addr >= to) {
      at = &s->next;
      continue;
    }
    *at = s->next;
    heads_drop(s);
    rf_clock_clear(&s->released);
    rf_mem_free(s, sizeof *s);
  }
  rf_sync_leave(line);
}

void rf_sync_forget(uintptr_t addr, size_t size) {
  if (!size)
    return;
  rf_trace_note(RF_TRACE_FORGET, 0, addr, size, 0, 0);
  const uintptr_t end = addr + size;
  for (uintptr_t number = addr >> PAGE_BITS; number <= (end - 1) >> PAGE_BITS; number++) {
    struct page *p = page_find(number);
    if (!p)
      continue;
    const uintptr_t start = number << PAGE_BITS;
    const uintptr_t from = addr > start ? addr : start;
    const uintptr_t last = (end - 1 < start + 0xfff ? end - 1 : start + 0xfff);
    for (uintptr_t i = (from - start) >> LINE_BITS; i <= (last - start) >> LINE_BITS; i++)
      if (p->line[i].first)
        forget_in_line(&p->line[i], addr, end);
      else // what is known of loads here is of the old memory
        atomic_fetch_add_explicit(&p->line[i].version, 2, memory_order_relaxed);
  }
  rf_order_forget(addr, size);
}

void rf_sync_after_fork(void) {
  for (uint32_t i = 0; i < BUCKETS; i++)
    for (struct page *p = atomic_load_explicit(&buckets[i], memory_order_relaxed); p; p = p->next)
      for (uint32_t k = 0; k < LINES; k++)
        atomic_store_explicit(&p->line[k].lock.held, 0, memory_order_relaxed);
}
