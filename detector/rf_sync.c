#include "rf_line.h"

#include "rf_lock.h"
#include "rf_mem.h"
#include "rf_order.h"
#include "rf_shadow.h"
#include "rf_trace.h"

// What one thread's latest release on a location published, kept apart from the others' because a relaxed
// store ends the release sequences of other threads and continues its own thread's (C11 5.1.2.4p10).
struct rf_head {
  uint32_t thread; // number
  uint32_t record; // index of the thread's record, 0: not looked up
  struct rf_clock clock;
};

#define PAGE_BITS 12
#define LINES (1u << (PAGE_BITS - 3))
#define BUCKETS (1u << 16)

struct page {
  struct page *next; // in its bucket; pages are never unlinked
  uintptr_t number;
  _Atomic(struct rf_line *) *line; // of its granules, NULL: none yet
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
  fresh->line = rf_mem_alloc(LINES * sizeof *fresh->line);
  struct page *head = atomic_load_explicit(bucket, memory_order_acquire);
  for (;;) {
    for (p = head; p && p->number != number;)
      p = p->next;
    if (p) { // somebody else was faster
      rf_mem_free(fresh->line, LINES * sizeof *fresh->line);
      rf_mem_free(fresh, sizeof *fresh);
      return p;
    }
    fresh->next = head;
    // Release: a reader that sees the page sees it initialised.
    if (atomic_compare_exchange_weak_explicit(bucket, &head, fresh, memory_order_release, memory_order_acquire))
      return fresh;
  }
}

// ---- Lines ----

static struct rf_lock idle_lock;
static struct rf_line *idle; // guarded by idle_lock; linked by the address of their first objects

static void line_enter(struct rf_line *line) {
  for (unsigned turns = 0;; rf_pause(&turns)) {
    uint32_t word = atomic_load_explicit(&line->word, memory_order_relaxed);
    // Acquire: pairs with the release in rf_sync_leave().
    if (!(word & RF_LINE_HELD) &&
        atomic_compare_exchange_weak_explicit(&line->word, &word, word | RF_LINE_HELD, memory_order_acquire,
                                              memory_order_relaxed))
      return;
  }
}

static struct rf_line *line_new(uintptr_t granule) {
  rf_lock_enter(&idle_lock);
  struct rf_line *line = idle;
  if (line)
    idle = (struct rf_line *)line->first.addr;
  rf_lock_leave(&idle_lock);
  if (!line)
    line = rf_mem_alloc(sizeof *line);
  line_enter(line);
  line->granule = granule;
  line->first.addr = 0;
  rf_sync_leave(line);
  return line;
}

// Nobody but its holder can change it; it is entered and left once more by those who have found it before.
static void line_give_back(struct rf_line *line) {
  rf_lock_enter(&idle_lock);
  line->first.addr = (uintptr_t)idle;
  idle = line;
  rf_lock_leave(&idle_lock);
}

struct rf_line *rf_line_find(uintptr_t addr) {
  struct page *p = page_find(addr >> PAGE_BITS);
  return p ? atomic_load_explicit(&p->line[rf_line_granule(addr) % LINES], memory_order_acquire) : NULL;
}

static struct rf_line *line_of(uintptr_t addr) {
  _Atomic(struct rf_line *) *at = &page_get(addr >> PAGE_BITS)->line[rf_line_granule(addr) % LINES];
  // Acquire: who sees the line sees it set up.
  struct rf_line *line = atomic_load_explicit(at, memory_order_acquire);
  if (line)
    return line;
  struct rf_line *fresh = line_new(rf_line_granule(addr));
  if (atomic_compare_exchange_strong_explicit(at, &line, fresh, memory_order_acq_rel, memory_order_acquire))
    return fresh;
  line_enter(fresh);
  fresh->granule = 0;
  rf_sync_leave(fresh);
  line_give_back(fresh);
  return line;
}

struct rf_line *rf_sync_enter(uintptr_t addr) {
  for (;;) {
    struct rf_line *line = line_of(addr);
    line_enter(line);
    if (line->granule == rf_line_granule(addr))
      return line;
    rf_sync_leave(line); // forgotten meanwhile
  }
}

void rf_sync_change(struct rf_line *line) { line->changes = true; }

void rf_sync_leave(struct rf_line *line) {
  const uint32_t version = rf_line_version(line);
  line->changes = false;
  atomic_store_explicit(&line->word, version, memory_order_release);
}

struct rf_sync *rf_sync_find(struct rf_line *line, uintptr_t addr, bool create) {
  struct rf_sync *s = &line->first;
  while (s && s->addr != addr)
    s = s->next;
  if (s || !create)
    return s;
  if (!line->first.addr) {
    line->first.addr = addr;
    return &line->first;
  }
  s = rf_mem_alloc(sizeof *s);
  *s = (struct rf_sync){.next = line->first.next, .addr = addr};
  line->first.next = s;
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

static struct rf_head *head_of(struct rf_sync *s, uint32_t thread) {
  for (uint32_t i = 0; i < s->head_count; i++)
    if (s->heads[i].thread == thread)
      return &s->heads[i];
  return NULL;
}

static bool has_ended(const struct rf_head *h) {
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
  s->heads = rf_mem_grow(s->heads, s->head_room * sizeof *s->heads, room * sizeof *s->heads);
  s->head_room = room;
}

static struct rf_head *head_add(struct rf_sync *s, uint32_t thread, uint32_t record) {
  if (s->head_count == s->head_room) {
    heads_prune(s);
    if (s->head_count * 2 >= s->head_room) // not only when it is full, or each addition would look for ended threads
      heads_grow(s);
  }
  struct rf_head *h = &s->heads[s->head_count++];
  *h = (struct rf_head){.thread = thread, .record = record};
  return h;
}

// ---- Releases and acquires ----

void rf_sync_acquire(struct rf_thread *t, struct rf_sync *s) {
  s->acquisitions++;
  rf_thread_learn(t, &s->released);
}

void rf_sync_head_store(struct rf_thread *t, struct rf_sync *s, const struct rf_clock *clock) {
  heads_drop(s);
  rf_clock_copy(&s->released, clock);
  s->sole = t->self->number;
}

void rf_sync_head_merge(struct rf_thread *t, struct rf_sync *s, const struct rf_clock *clock) {
  const uint32_t me = t->self->number;
  if (s->sole == 0 || s->sole == me) {
    rf_clock_join(&s->released, clock, RF_CLOCK_NOBODY);
    s->sole = me;
    return;
  }
  if (s->sole != RF_SYNC_MANY) {
    rf_clock_copy(&head_add(s, s->sole, 0)->clock, &s->released);
    s->sole = RF_SYNC_MANY;
  }
  struct rf_head *mine = head_of(s, me);
  // Joined, not replaced: what a release fence publishes may be older than the thread's last release here.
  rf_clock_join(&(mine ? mine : head_add(s, me, t->self->index))->clock, clock, RF_CLOCK_NOBODY);
  rf_clock_join(&s->released, clock, RF_CLOCK_NOBODY);
}

void rf_sync_head_relaxed(struct rf_thread *t, struct rf_sync *s) {
  const uint32_t me = t->self->number;
  if (s->sole == RF_SYNC_MANY) {
    const struct rf_head *mine = head_of(s, me);
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
    rf_clock_join(&s->released, &t->fence_release, RF_CLOCK_NOBODY);
}

void rf_sync_release_store(struct rf_thread *t, struct rf_sync *s) {
  rf_thread_publish(t);
  rf_sync_head_store(t, s, &t->vc);
}

void rf_sync_release_merge(struct rf_thread *t, struct rf_sync *s) {
  rf_thread_publish(t);
  rf_clock_join(&s->released, &t->vc, RF_CLOCK_NOBODY);
  s->sole = t->self->number; // never the object of relaxed stores, so its heads do not matter
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

// ---- Words that name their object ----
// What happens at such a word is ordered otherwise, so its object needs neither a lock nor a look-up. The word may be the
// program's memory, and hold anything by mistake or after it was freed: a name fits its own address alone.

static uint64_t name_key(uintptr_t addr) { return (addr * UINT64_C(0x9e3779b97f4a7c15) | UINT64_C(1) << 63) >> 48 << 48; }

static struct rf_line *line_named(const uint64_t *word) {
  const uint64_t at = *word ^ name_key((uintptr_t)word);
  struct rf_line *line = at >> 47 || at % _Alignof(struct rf_line) ? NULL : (struct rf_line *)at;
  return line && line->granule == rf_line_granule((uintptr_t)word) && line->first.addr == (uintptr_t)word ? line : NULL;
}

static struct rf_sync *object_of(uint64_t *word) {
  struct rf_line *line = line_named(word);
  if (line)
    return &line->first;
  line = rf_sync_enter((uintptr_t)word);
  rf_sync_change(line);
  struct rf_sync *s = rf_sync_find(line, (uintptr_t)word, true);
  rf_sync_leave(line);
  *word = s == &line->first ? (uint64_t)line ^ name_key((uintptr_t)word) : 0;
  return s;
}

static struct rf_sync *release_word(struct rf_thread *t, uint64_t *word) {
  struct rf_sync *s = object_of(word);
  rf_trace_note(RF_TRACE_RELEASE_STORE, t->self->number, (uintptr_t)word, 0, 0, 0);
  rf_sync_release_store(t, s);
  return s;
}

// ---- Meetings ----
// Two threads that meet are ordered both ways: what the one that came first did before, and what the other did, come
// before what either does afterwards. As long as the first one only waits, the clock that comes out of the meeting is
// at least its own, and takes its place as it is.

void rf_sync_offer(struct rf_thread *t, uint64_t *word) {
  if (t->ignore_sync)
    return;
  release_word(t, word)->sole = RF_SYNC_OFFER;
  t->offer = (uintptr_t)word;
}

void rf_sync_meet(struct rf_thread *t, uint64_t *word) {
  if (t->ignore_sync)
    return;
  struct rf_sync *s = object_of(word);
  rf_trace_note(RF_TRACE_ACQUIRE, t->self->number, (uintptr_t)word, 0, 0, 0);
  rf_trace_note(RF_TRACE_RELEASE_STORE, t->self->number, (uintptr_t)word, 0, 0, 0);
  const bool offer = s->sole == RF_SYNC_OFFER;
  rf_thread_publish(t); // first, so that what the join makes of both trees has it too, and both go on with one tree
  rf_sync_acquire(t, s);
  rf_sync_head_store(t, s, &t->vc);
  if (offer)
    s->sole = RF_SYNC_OFFER;
}

void rf_sync_met(struct rf_thread *t, uint64_t *word) {
  if (t->ignore_sync)
    return;
  struct rf_sync *s = object_of(word);
  rf_trace_note(RF_TRACE_ACQUIRE, t->self->number, (uintptr_t)word, 0, 0, 0);
  if (s->sole != RF_SYNC_OFFER || t->offer != (uintptr_t)word) {
    rf_sync_acquire(t, s);
    return;
  }
  s->acquisitions++;
  s->sole = 0;
  t->offer = 0;
  rf_clock_move(&t->vc, &s->released);
}

// ---- Critical sections ----
// Nobody but its holder is in the section. So what the holder does there, and what it did there the last time, are
// alike for everyone else if nobody has learned of the last time: the release of this time tells of both. Then the
// section goes on in the epoch of the last one, and finds what it accesses known.

static bool may_resume(const struct rf_thread *t, const struct rf_sync *s) {
  const struct rf_left *l = &t->left;
  return l->object == s->addr && l->acquisitions == s->acquisitions && l->publications == t->publications &&
         l->adoptions == atomic_load_explicit(&rf_thread_adoptions, memory_order_relaxed) && t->held_count == 1 &&
         !t->dirty && t->epoch == l->epoch + 1 && t->epoch > t->epoch_first;
}

static void enter_section(struct rf_thread *t, struct rf_sync *s) {
  const bool again = may_resume(t, s);
  rf_sync_acquire(t, s);
  if (again)
    rf_thread_resume(t);
}

void rf_sync_lock_at(struct rf_thread *t, uintptr_t lock) {
  if (t->ignore_sync)
    return;
  struct rf_line *line = rf_sync_enter(lock);
  struct rf_sync *s = rf_sync_find(line, lock, false);
  rf_trace_note(RF_TRACE_ACQUIRE, t->self->number, lock, 0, 0, 0);
  if (s)
    enter_section(t, s);
  rf_sync_leave(line);
}

void rf_sync_lock_word(struct rf_thread *t, uint64_t *word) {
  if (t->ignore_sync)
    return;
  rf_trace_note(RF_TRACE_ACQUIRE, t->self->number, (uintptr_t)word, 0, 0, 0);
  enter_section(t, object_of(word));
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
  line->sections = true; // from now on each acquisition counts
  rf_sync_leave(line);
}

void rf_sync_unlock_word(struct rf_thread *t, uint64_t *word) {
  if (t->ignore_sync)
    return;
  leave_section(t, release_word(t, word));
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
  line->sections = true; // from now on each acquisition counts
  rf_sync_leave(line);
}

// ---- Forgetting ----

static void sync_empty(struct rf_sync *s) {
  heads_drop(s);
  rf_clock_clear(&s->released);
}

static void forget_in_line(_Atomic(struct rf_line *) *slot, uintptr_t from, uintptr_t to) {
  struct rf_line *line = atomic_load_explicit(slot, memory_order_acquire);
  if (!line)
    return;
  line_enter(line);
  if (atomic_load_explicit(slot, memory_order_relaxed) != line) {
    rf_sync_leave(line);
    return; // somebody else forgets the same
  }
  rf_sync_change(line); // what is known of the location is of the old memory
  for (struct rf_sync **at = &line->first.next; *at;) {
    struct rf_sync *s = *at;
    if (s->addr < from || s->addr >= to) {
      at = &s->next;
      continue;
    }
    *at = s->next;
    sync_empty(s);
    rf_mem_free(s, sizeof *s);
  }
  if (line->first.addr >= from && line->first.addr < to) {
    sync_empty(&line->first);
    line->first = (struct rf_sync){.next = line->first.next};
  }
  const bool empty = !line->first.addr && !line->first.next;
  if (empty) {
    line->granule = 0;
    line->sections = false;
    atomic_store_explicit(slot, NULL, memory_order_relaxed);
  }
  rf_sync_leave(line);
  if (empty)
    line_give_back(line);
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
    for (uintptr_t i = rf_line_granule(from - start); i <= rf_line_granule(last - start); i++)
      forget_in_line(&p->line[i], addr, end);
  }
  rf_order_forget(addr, size);
}

static void line_after_fork(struct rf_line *line) {
  if (line)
    atomic_fetch_and_explicit(&line->word, ~RF_LINE_HELD, memory_order_relaxed);
}

void rf_sync_after_fork(void) {
  atomic_store_explicit(&idle_lock.held, 0, memory_order_relaxed);
  for (struct rf_line *line = idle; line; line = (struct rf_line *)line->first.addr)
    line_after_fork(line);
  for (uint32_t i = 0; i < BUCKETS; i++)
    for (struct page *p = atomic_load_explicit(&buckets[i], memory_order_relaxed); p; p = p->next)
      for (uint32_t k = 0; k < LINES; k++)
        line_after_fork(atomic_load_explicit(&p->line[k], memory_order_relaxed));
}
