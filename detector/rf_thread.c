#include "rf_thread.h"

#include "rf_epoch.h"
#include "rf_lock.h"
#include "rf_mem.h"
#include "rf_owner.h"
#include "rf_shadow.h"

bool rf_serial = true; // also before the start

// ---- Records of logical threads ----

#define PAGE_THREADS 1024u
static struct rf_lthread *pages[65536];  // a page is published before the count that includes it
static _Atomic uint32_t thread_count;    // indices 1..count are in use
static _Atomic uint32_t live;            // begun or forked, and not ended
static struct rf_lock table_lock;        // guards growth of pages and the slot queue
static struct rf_lock notes_lock;        // guards every rf_lthread.notes against its reader

struct rf_lthread *rf_lthread_at(uint32_t index) { return &pages[index / PAGE_THREADS][index % PAGE_THREADS]; }
uint32_t rf_lthread_count(void) { return atomic_load_explicit(&thread_count, memory_order_acquire); }
uint32_t rf_thread_live(void) { return atomic_load_explicit(&live, memory_order_acquire); }

// ---- Slots: a queue of those whose holder has ended ----

struct free_slot {
  struct free_slot *next;
  uint32_t slot;
  uint64_t final; // clock that a thread must know before it may pass the slot on
};
static struct free_slot *slots_first, **slots_last = &slots_first; // guarded by table_lock
static uint32_t slots_used;                                        // guarded by table_lock

#define SLOT_TRIES 16

// A slot whose former holder's end is known to vc, or a fresh one. *clock: the first that may be used.
static uint32_t slot_take(const struct rf_clock *vc, uint64_t *clock) {
  struct free_slot **at = &slots_first;
  for (unsigned i = 0; *at && i < SLOT_TRIES; i++, at = &(*at)->next) {
    struct free_slot *f = *at;
    if (rf_clock_get(vc, f->slot) < f->final)
      continue;
    const uint32_t slot = f->slot;
    *clock = f->final + 1;
    *at = f->next;
    if (slots_last == &f->next)
      slots_last = at;
    rf_mem_free(f, sizeof *f);
    return slot;
  }
  *clock = 1;
  return slots_used++;
}

static void slot_give(uint32_t slot, uint64_t final) {
  struct free_slot *f = rf_mem_alloc(sizeof *f);
  *f = (struct free_slot){NULL, slot, final};
  rf_lock_enter(&table_lock);
  *slots_last = f;
  slots_last = &f->next;
  rf_lock_leave(&table_lock);
}

// ---- Epochs of one thread ----

static void show_epoch(struct rf_thread *t) {
  t->tls->cur = t->epoch << RF_CELL_EPOCH_SHIFT | RF_CELL_KIND | 0xff;
  if (rf_serial)
    rf_shadow_serial_cell(t->tls->cur);
}

static void advance(struct rf_thread *t) {
  t->dirty = 0;
  t->clock++;
  t->epoch++;
  if (t->epoch == t->epoch_end)
    rf_epoch_take(t, true);
  show_epoch(t);
}

void rf_thread_publish(struct rf_thread *t) {
  if (t->last_dirty != t->published) {
    rf_clock_set(&t->vc, t->self->slot, t->last_dirty);
    t->published = t->last_dirty;
  }
  if (t->dirty)
    advance(t);
}

void rf_thread_split(struct rf_thread *t) {
  if (t->dirty)
    advance(t);
}

void rf_thread_soil(struct rf_thread *t) {
  t->dirty = 1;
  t->last_dirty = t->clock;
  struct rf_lthread *l = t->self;
  if (!l->notes)
    l->notes = rf_mem_alloc(sizeof *l->notes);
  struct rf_notes *n = l->notes;
  struct rf_epoch_note *note = &n->note[n->next % RF_NOTES];
  note->epoch = t->epoch;
  note->sync = t->last_sync;
  note->held_at = n->held_next;
  note->held_count = t->held_count;
  for (uint32_t i = 0; i < t->held_count; i++)
    n->held[n->held_next++ % RF_NOTES] = t->held[i];
  n->next++;
}

bool rf_epoch_note_find(uint64_t epoch, struct rf_epoch_note *out, struct rf_held *held, uint32_t max,
                        uint32_t *held_count) {
  struct rf_lthread *l = rf_epoch_lookup(epoch).thread;
  bool found = false;
  rf_lock_enter(&notes_lock);
  const struct rf_notes *n = l->notes;
  for (uint64_t i = n ? n->next : 0; i-- && i + RF_NOTES >= n->next && !found;) {
    const struct rf_epoch_note *note = &n->note[i % RF_NOTES];
    if (note->epoch != epoch)
      continue;
    *out = *note;
    *held_count = 0;
    if (note->held_at + RF_NOTES >= n->held_next)
      for (uint32_t k = 0; k < note->held_count && k < max; k++)
        held[(*held_count)++] = n->held[(note->held_at + k) % RF_NOTES];
    found = true;
  }
  rf_lock_leave(&notes_lock);
  return found;
}

// Notes of ended threads serve reports whose earlier access is theirs. They are kept for the latest ones.
#define KEPT_ENDED 1024u
static uint32_t kept_ended[KEPT_ENDED], kept_next; // guarded by notes_lock

static void notes_retire(struct rf_lthread *l) {
  if (!l->notes)
    return;
  rf_lock_enter(&notes_lock);
  uint32_t *at = &kept_ended[kept_next++ % KEPT_ENDED];
  struct rf_notes *drop = NULL;
  if (*at) {
    drop = rf_lthread_at(*at)->notes;
    rf_lthread_at(*at)->notes = NULL;
  }
  *at = l->index;
  rf_lock_leave(&notes_lock);
  if (drop)
    rf_mem_free(drop, sizeof *drop);
}

// ---- Stacks ----

static void use_segment(struct rf_thread *t, struct rf_seg *seg) {
  t->seg = seg;
  t->seg_index = rf_seg_index(seg);
}

// Segments of carriers that have ended, to be continued by others.
static struct rf_seg *idle_segments[256];
static uint32_t idle_count; // both guarded by table_lock

static struct rf_seg *segment_for_carrier(void) {
  struct rf_seg *seg = NULL;
  rf_lock_enter(&table_lock);
  if (idle_count)
    seg = idle_segments[--idle_count];
  rf_lock_leave(&table_lock);
  return seg ? seg : rf_seg_new();
}

static void take_segment(struct rf_thread *t) {
  use_segment(t, rf_seg_new());
  // The epoch block says which segment its contexts belong to, so the present epoch ends here.
  if (t->dirty)
    t->clock++;
  t->dirty = 0;
  rf_epoch_take(t, false);
  show_epoch(t);
}

uint32_t rf_thread_context_slow(struct rf_thread *t, const struct rf_site *site) {
  struct rf_frame *top = t->tls->sp;
  for (;; take_segment(t)) {
    const uint32_t parent = rf_ctx_of_frames(t->seg, t->frames, top);
    if (!site && top > t->frames)
      site = top[-1].site; // the call that the top frame is in
    if (parent && !site)
      return parent;
    const uint32_t ctx = parent ? rf_ctx_intern(t->seg, parent, site) : 0;
    if (ctx)
      return ctx;
  }
}

uint64_t rf_thread_where(struct rf_thread *t, const struct rf_site *site) {
  const uint32_t ctx = rf_thread_context(t, site);
  return rf_cell_make(t->epoch, ctx, 0, 0);
}

// A library function's frame below the pending call: `memcpy` called at a.c:3.
uint32_t rf_thread_library_context(struct rf_thread *t, const struct rf_libsite *lib) {
  for (;; take_segment(t)) {
    uint32_t ctx = rf_thread_context(t, NULL);
    if (lib)
      ctx = rf_ctx_intern(t->seg, ctx, &lib->site);
    if (ctx)
      return ctx;
  }
}

void rf_thread_note_sync(struct rf_thread *t, const char *what, uintptr_t object) {
  t->last_sync = (struct rf_last_sync){what, object, rf_thread_where(t, NULL)};
}

// ---- Locks held ----

void rf_held_add(struct rf_thread *t, uintptr_t lock, const char *kind, bool exclusive) {
  for (uint32_t i = 0; i < t->held_count; i++)
    if (t->held[i].lock == lock) {
      t->held[i].depth++;
      return;
    }
  rf_thread_split(t);
  if (t->held_count == RF_HELD_MAX)
    return; // the report then lists the first RF_HELD_MAX; order is not affected
  t->held[t->held_count++] = (struct rf_held){lock, kind, rf_thread_where(t, NULL), exclusive, 1};
}

void rf_held_remove(struct rf_thread *t, uintptr_t lock) {
  for (uint32_t i = t->held_count; i--;) {
    if (t->held[i].lock != lock)
      continue;
    if (--t->held[i].depth)
      return;
    rf_thread_split(t);
    for (t->held_count--; i < t->held_count; i++)
      t->held[i] = t->held[i + 1];
    return;
  }
}

// ---- Birth and death ----

static void copy_name(char *to, const char *from) {
  unsigned i = 0;
  for (; from && from[i] && i + 1 < RF_NAME_MAX; i++)
    to[i] = from[i];
  to[i] = 0;
}

void rf_thread_name(struct rf_lthread *l, const char *name) { copy_name(l->name, name); }

static struct rf_lthread *lthread_new(enum rf_thread_kind kind, const char *name, const struct rf_clock *vc) {
  rf_lock_enter(&table_lock);
  const uint32_t index = thread_count + 1;
  struct rf_lthread **page = &pages[index / PAGE_THREADS];
  if (!*page)
    *page = rf_mem_alloc(PAGE_THREADS * sizeof **page);
  struct rf_lthread *l = &(*page)[index % PAGE_THREADS];
  uint64_t first_clock;
  *l = (struct rf_lthread){.index = index, .number = index, .kind = kind};
  l->slot = slot_take(vc, &first_clock);
  l->final = first_clock - 1; // until it ends: the last clock of the slot's former holder
  copy_name(l->name, name);
  atomic_store_explicit(&thread_count, index, memory_order_release);
  rf_lock_leave(&table_lock);
  atomic_fetch_add_explicit(&live, 1, memory_order_acq_rel);
  return l;
}

static void thread_start(struct rf_thread *t, struct rf_lthread *l, struct rf_tls *tls, struct rf_frame *frames) {
  // The carrier's segment and its cache of contexts serve all that it carries.
  t->tls = tls;
  t->self = l;
  t->frames = frames;
  t->dirty = 0;
  t->held_count = 0;
  t->has_fence_release = false;
  t->ignore = t->ignore_sync = 0;
  for (uint32_t i = 0; i < RF_LOADS_KNOWN; i++)
    t->loads[i].addr = 0;
  if (!t->seg || rf_seg_full(t->seg))
    use_segment(t, segment_for_carrier());
  if (!t->owner)
    t->owner = rf_owner_new();
  tls->sp = frames;
  t->last_dirty = t->published = l->final;
  t->clock = l->final + 1;
  rf_epoch_take(t, false);
  rf_shadow_attach(tls);
  show_epoch(t);
  t->last_sync = (struct rf_last_sync){"start", 0, l->birth};
}

void rf_core_init(struct rf_thread *t, struct rf_tls *tls, struct rf_frame *frames) {
  rf_epoch_init();
  rf_serial = true;
  const struct rf_clock none = {NULL, 0};
  *t = (struct rf_thread){0};
  thread_start(t, lthread_new(RF_THREAD_MAIN, "main", &none), tls, frames);
}

// The first thread beside main: from here on accesses are recorded. All that main did before is ordered
// before every access of the child, so that nothing is lost by not having recorded it.
static void leave_serial(struct rf_thread *t) {
  rf_serial = false;
  rf_shadow_serial_cell(0);
  rf_shadow_attach(t->tls);
}

struct rf_birth *rf_thread_fork(struct rf_thread *parent, enum rf_thread_kind kind, const char *name,
                                const struct rf_site *site) {
  if (rf_serial)
    leave_serial(parent);
  struct rf_birth *b = rf_mem_alloc(sizeof *b);
  const uint64_t birth = rf_thread_where(parent, site);
  rf_thread_publish(parent);
  b->child = lthread_new(kind, name, &parent->vc);
  b->child->parent = parent->self->index;
  b->child->birth = birth;
  rf_clock_copy(&b->vc, &parent->vc);
  return b;
}

static void lthread_over(struct rf_lthread *l) {
  atomic_store_explicit(&l->ended, 1, memory_order_release);
  slot_give(l->slot, l->final);
  atomic_fetch_sub_explicit(&live, 1, memory_order_acq_rel);
}

void rf_birth_drop(struct rf_birth *b) {
  lthread_over(b->child);
  rf_clock_clear(&b->vc);
  rf_mem_free(b, sizeof *b);
}

void rf_thread_begin(struct rf_thread *t, struct rf_birth *birth, struct rf_tls *tls, struct rf_frame *frames) {
  t->vc = birth->vc;
  thread_start(t, birth->child, tls, frames);
  rf_mem_free(birth, sizeof *birth);
}

void rf_thread_end(struct rf_thread *t, bool publish) {
  struct rf_lthread *l = t->self;
  l->final = t->last_dirty;
  rf_thread_publish(t);
  if (publish)
    rf_clock_copy(&l->end, &t->vc);
  rf_clock_clear(&t->vc);
  rf_clock_clear(&t->fence_acquire);
  rf_clock_clear(&t->fence_release);
  t->has_fence_release = false;
  t->held_count = 0;
  t->self = NULL;
  notes_retire(l);
  lthread_over(l);
}

void rf_thread_retire(struct rf_thread *t) {
  rf_owner_end(t->owner);
  rf_clock_thread_end();
  rf_lock_enter(&table_lock);
  if (t->seg && !rf_seg_full(t->seg) && idle_count < sizeof idle_segments / sizeof *idle_segments)
    idle_segments[idle_count++] = t->seg;
  rf_lock_leave(&table_lock);
  t->seg = NULL;
  t->owner = 0;
}

void rf_thread_join(struct rf_thread *t, struct rf_lthread *ended) {
  rf_clock_join(&t->vc, &ended->end);
  rf_clock_clear(&ended->end);
  rf_thread_settle(t);
}

void rf_lthread_detach(struct rf_lthread *l) { rf_clock_clear(&l->end); }

void rf_thread_settle(struct rf_thread *t) {
  if (rf_serial || rf_thread_live() != 1)
    return;
  rf_lock_enter(&table_lock);
  struct free_slot *f = slots_first;
  while (f && rf_clock_get(&t->vc, f->slot) >= f->final)
    f = f->next;
  // Nobody else lives, so nobody else can fork between the check and the switch.
  if (!f) {
    rf_serial = true;
    show_epoch(t);
    rf_shadow_attach(t->tls);
  }
  rf_lock_leave(&table_lock);
}

void rf_thread_adopt(struct rf_thread *t, struct rf_tls *tls, struct rf_frame *frames,
                     const struct rf_thread *main) {
  struct rf_clock vc = {NULL, 0};
  if (rf_serial) {
    rf_serial = false;
    rf_shadow_serial_cell(0);
  }
  if (main->self) { // main may have left by pthread_exit
    rf_clock_copy(&vc, &main->vc);
    rf_clock_set(&vc, main->self->slot, main->clock);
  }
  struct rf_lthread *l = lthread_new(RF_THREAD_PTHREAD, "", &vc);
  t->vc = vc;
  thread_start(t, l, tls, frames);
}

void rf_thread_after_fork(struct rf_thread *t) {
  const uint32_t n = thread_count;
  atomic_store_explicit(&table_lock.held, 0, memory_order_relaxed);
  atomic_store_explicit(&notes_lock.held, 0, memory_order_relaxed);
  // The other threads do not exist here. Nothing they did can race with anything from now on: the memory
  // is this process's alone. Their slots are passed on as if they had been joined.
  for (uint32_t i = 1; i <= n; i++) {
    struct rf_lthread *l = rf_lthread_at(i);
    if (l == t->self || l->ended || l->parked)
      continue;
    l->final = UINT64_C(1) << 40; // beyond whatever it had reached
    lthread_over(l);
  }
  for (struct free_slot *f = slots_first; f; f = f->next)
    if (rf_clock_get(&t->vc, f->slot) < f->final)
      rf_clock_set(&t->vc, f->slot, f->final);
  rf_thread_settle(t);
}
