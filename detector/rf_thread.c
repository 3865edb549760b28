#include "rf_thread.h"

#include "rf_epoch.h"
#include "rf_lock.h"
#include "rf_mem.h"
#include "rf_order.h"
#include "rf_owner.h"
#include "rf_remote.h"
#include "rf_shadow.h"
#include "rf_trace.h"

bool rf_serial = true; // also before the start

// ---- Records of logical threads ----

#define PAGE_THREADS 1024u
static struct rf_lthread *pages[65536];  // a page is published before the count that includes it
static _Atomic uint32_t record_count;    // indices 1..count have been given out
static uint32_t *idle_records, idle_record_count, idle_record_room; // a stack of indices, guarded by table_lock
static _Atomic uint32_t thread_count;    // numbers 1..count have been given out
static _Atomic uint32_t live;            // begun or forked, and not ended
static struct rf_thread *running;        // guarded by table_lock
static struct rf_lock table_lock;        // guards growth of pages and the slot queue
static struct rf_lock notes_lock;        // guards every rf_lthread.notes against its reader

struct rf_lthread *rf_lthread_at(uint32_t index) { return &pages[index / PAGE_THREADS][index % PAGE_THREADS]; }

uint32_t rf_lthread_records(void) { return atomic_load_explicit(&record_count, memory_order_acquire); }

struct rf_lthread *rf_lthread_numbered(uint32_t number) {
  const uint32_t n = rf_lthread_records();
  for (uint32_t i = 1; i <= n; i++)
    if (rf_lthread_at(i)->number == number)
      return rf_lthread_at(i);
  return NULL;
}

uint32_t rf_lthread_count(void) { return atomic_load_explicit(&thread_count, memory_order_acquire); }
uint32_t rf_thread_live(void) { return atomic_load_explicit(&live, memory_order_acquire); }

// ---- Slots: queues of those whose holder has ended ----

struct free_slot {
  struct free_slot *next;
  uint32_t slot;
  bool forgotten; // no cell of the slot is in the shadow any more: anyone may have it
  uint64_t final; // clock that a thread must know before it may pass the slot on
};
// Those that share a leaf of clocks.
struct slot_group {
  struct slot_group *next; // of those that have free slots
  struct free_slot *first, **last; // first is NULL: the group is not listed
};
// Groups with free slots, by what their slots cost: the first few, for which clocks need no trees, near ones and others.
// Cheap ones are given out first: the threads that follow a crowd get them again. Slots of one leaf are given out
// together, since threads born one after the other have more to do with each other than with the rest: then their news
// lie together.
enum { FEW, NEAR, FAR, RANGES };
static struct slot_list {
  struct slot_group *first, **end;
} listed[RANGES]; // guarded by table_lock, as is all that follows
static struct slot_group few_slots, **slot_groups;
static uint32_t group_count, group_room;
static uint32_t slots_used;

#define SLOT_TRIES 16

static unsigned range_of(uint32_t slot) { return slot < RF_CLOCK_FEW ? FEW : slot < RF_CLOCK_NEAR ? NEAR : FAR; }

static struct slot_group *group_of(uint32_t slot) {
  const uint32_t i = slot >> RF_CLOCK_LEAF_BITS;
  if (slot < RF_CLOCK_FEW)
    return &few_slots;
  if (i >= group_room) {
    const uint32_t room = 2 * i + 16;
    slot_groups = rf_mem_grow(slot_groups, group_room * sizeof *slot_groups, room * sizeof *slot_groups);
    group_room = room;
  }
  while (group_count <= i)
    slot_groups[group_count++] = rf_mem_alloc(sizeof **slot_groups);
  return slot_groups[i];
}

static void list_group(struct slot_list *l, struct slot_group *g) {
  g->next = NULL;
  *(l->first ? l->end : &l->first) = g;
  l->end = &g->next;
}

static void slot_append(struct free_slot *f) {
  struct slot_group *g = group_of(f->slot);
  f->next = NULL;
  if (!g->first) {
    g->last = &g->first;
    list_group(&listed[range_of(f->slot)], g);
  }
  *g->last = f;
  g->last = &f->next;
}

// NULL: none is left.
static struct free_slot *slot_first(unsigned range) {
  struct slot_group *g = listed[range].first;
  if (!g)
    return NULL;
  struct free_slot *f = g->first;
  g->first = f->next;
  if (!g->first)
    listed[range].first = g->next;
  return f;
}

// To the back, and its group too, so that others get their turn.
static void slot_put_back(struct free_slot *f) {
  struct slot_list *l = &listed[range_of(f->slot)];
  struct slot_group *g = group_of(f->slot);
  slot_append(f);
  if (g == l->first && g->next) {
    l->first = g->next;
    list_group(l, g);
  }
}

// A slot whose former holder's end is known to vc, or a fresh one. *clock: the first that may be used.
static uint32_t slot_take(const struct rf_clock *vc, uint64_t *clock) {
  for (unsigned range = 0; range < RANGES; range++)
    for (unsigned i = 0; i < SLOT_TRIES; i++) {
      struct free_slot *f = slot_first(range);
      if (!f)
        break;
      if (!f->forgotten && rf_clock_get(vc, f->slot) < f->final) {
        slot_put_back(f);
        continue;
      }
      const uint32_t slot = f->slot;
      *clock = f->final + 1;
      rf_mem_free(f, sizeof *f);
      return slot;
    }
  *clock = 1;
  return slots_used++;
}

static void slot_give(uint32_t slot, uint64_t final) {
  struct free_slot *f = rf_mem_alloc(sizeof *f);
  *f = (struct free_slot){NULL, slot, false, final};
  rf_lock_enter(&table_lock);
  slot_append(f);
  rf_lock_leave(&table_lock);
}

// Calls visit for each free slot until it returns false; whether it never did.
static bool slots_each(bool (*visit)(struct free_slot *f, void *arg), void *arg) {
  for (unsigned range = 0; range < RANGES; range++)
    for (struct slot_group *g = listed[range].first; g; g = g->next)
      for (struct free_slot *f = g->first; f; f = f->next)
        if (!visit(f, arg))
          return false;
  return true;
}

static bool slot_known(struct free_slot *f, void *vc) {
  return f->forgotten || rf_clock_get(vc, f->slot) >= f->final;
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
  t->publications++;
  t->offer = 0;
  if (t->last_dirty != t->published) {
    rf_clock_set(&t->vc, t->self->slot, t->last_dirty, rf_thread_maker(t));
    t->published = t->last_dirty;
  }
  if (t->dirty)
    advance(t);
}

void rf_thread_resume(struct rf_thread *t) {
  t->left.object = 0;
  t->clock--;
  t->epoch--;
  t->dirty = 1; // the next release must end it again, whether more is recorded in it or not
  show_epoch(t);
}

void rf_thread_split(struct rf_thread *t) {
  if (t->dirty)
    advance(t);
}

// A ring that has never gone round keeps its order when it grows.
static void ring_grow(void **ring, uint32_t *size, size_t item) {
  const uint32_t more = *size ? 2 * *size : 4;
  *ring = rf_mem_grow(*ring, *size * item, more * item);
  *size = more;
}

// Each note that a thread has not made lately is a miss of the cache, so crowds keep shorter memories.
static bool note_more(uint32_t size) {
  return size < RF_NOTES_OF_MANY || (size < RF_NOTES && 2 * size * rf_thread_live() <= RF_NOTES_OF_ALL);
}

static void note_room(struct rf_notes *n, uint32_t held_count) {
  const bool note = n->next == n->size && note_more(n->size);
  const bool held = n->held_next + held_count > n->held_size && n->held_size < RF_NOTES;
  if (!note && !held)
    return;
  rf_lock_enter(&notes_lock);
  if (note)
    ring_grow((void **)&n->note, &n->size, sizeof *n->note);
  while (n->held_next + held_count > n->held_size && n->held_size < RF_NOTES && n->held_next <= n->held_size)
    ring_grow((void **)&n->held, &n->held_size, sizeof *n->held);
  rf_lock_leave(&notes_lock);
}

static void notes_free(struct rf_notes *n) {
  if (n->size)
    rf_mem_free(n->note, n->size * sizeof *n->note);
  if (n->held_size)
    rf_mem_free(n->held, n->held_size * sizeof *n->held);
  rf_mem_free(n, sizeof *n);
}

static struct rf_notes *notes_of(struct rf_lthread *l) {
  if (!l->notes)
    l->notes = rf_mem_alloc(sizeof *l->notes);
  return l->notes;
}

void rf_thread_soil(struct rf_thread *t) {
  t->dirty = 1;
  t->last_dirty = t->clock;
  struct rf_notes *n = notes_of(t->self);
  const uint32_t held_count = t->held_count < RF_HELD_NOTED ? t->held_count : RF_HELD_NOTED;
  note_room(n, held_count);
  struct rf_epoch_note *note = &n->note[n->next % n->size];
  note->epoch = t->epoch;
  note->sync = t->last_sync;
  note->held_at = n->held_next;
  note->held_count = held_count;
  for (uint32_t i = 0; i < held_count; i++)
    n->held[n->held_next++ % n->held_size] = t->held[i];
  n->next++;
}

bool rf_epoch_note_find(uint64_t epoch, struct rf_epoch_note *out, struct rf_held *held, uint32_t max,
                        uint32_t *held_count) {
  struct rf_lthread *l = rf_epoch_lookup(epoch).thread;
  bool found = false;
  rf_lock_enter(&notes_lock);
  const struct rf_notes *n = l->notes;
  for (uint64_t i = n ? n->next : 0; i-- && i + n->size >= n->next && !found;) {
    const struct rf_epoch_note *note = &n->note[i % n->size];
    if (note->epoch != epoch)
      continue;
    *out = *note;
    *held_count = 0;
    if (note->held_at + n->held_size >= n->held_next)
      for (uint32_t k = 0; k < note->held_count && k < max; k++)
        held[(*held_count)++] = n->held[(note->held_at + k) % n->held_size];
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
    notes_free(drop);
}

// ---- Stacks ----

static void use_segment(struct rf_thread *t, struct rf_seg *seg) {
  t->seg = seg;
  t->seg_index = rf_seg_index(seg);
}

// Segments of carriers that have ended, to be continued by others.
static struct rf_seg *idle_segments; // guarded by table_lock

static struct rf_seg *segment_for_carrier(void) {
  rf_lock_enter(&table_lock);
  struct rf_seg *seg = idle_segments;
  if (seg)
    idle_segments = *rf_seg_link(seg);
  rf_lock_leave(&table_lock);
  return seg ? seg : rf_seg_new();
}

// The epoch block says which segment its contexts belong to, so with another one the present epoch ends.
static void new_block(struct rf_thread *t) {
  if (t->dirty)
    t->clock++;
  t->dirty = 0;
  rf_epoch_take(t, false);
}

static void take_segment(struct rf_thread *t) {
  use_segment(t, rf_seg_new());
  new_block(t);
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

static rf_place place_of(const struct rf_thread *t, uint32_t ctx) {
  return rf_place_make(t->self->number, t->self->kind == RF_THREAD_GOROUTINE, t->seg_index, ctx);
}

rf_place rf_thread_where(struct rf_thread *t, const struct rf_site *site) {
  const uint32_t ctx = rf_thread_context(t, site); // may move t to another segment, so first
  return place_of(t, ctx);
}

bool rf_place_known(rf_place where) {
  const uint32_t number = rf_place_number(where);
  return number && number <= rf_lthread_count() && rf_ctx_exists(rf_place_seg(where), rf_place_ctx(where));
}

rf_place rf_thread_where_in(struct rf_thread *t, const struct rf_libsite *lib) {
  const uint32_t ctx = rf_thread_library_context(t, lib);
  return place_of(t, ctx);
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

void rf_thread_note_sync(struct rf_thread *t, const char *what, uintptr_t object, unsigned way) {
  const rf_place where = rf_thread_where(t, NULL);
  t->last_sync = (struct rf_last_sync){what, object, where};
  if (rf_serial || t->ignore_sync)
    return;
  struct rf_notes *n = notes_of(t->self);
  const uint64_t next = atomic_load_explicit(&n->op_next, memory_order_relaxed);
  n->op[next % RF_SYNC_OPS] = (struct rf_sync_op){object, where, t->clock << RF_SYNC_WAY_BITS | way};
  // Release: pairs with the acquire in rf_thread_sync_ops().
  atomic_store_explicit(&n->op_next, next + 1, memory_order_release);
}

// What came before an operation of an earlier clock came before a section that went on (rf_thread_resume), and so did
// what the thread did in that section before, but not what it does in it now.
static void mark_resumed(struct rf_sync_op *op, uint32_t count) {
  uint64_t least = UINT64_MAX;
  for (uint32_t i = 0; i < count; i++) {
    const uint64_t clock = op[i].clock_way >> RF_SYNC_WAY_BITS;
    if (clock > least)
      op[i].clock_way |= RF_SYNC_RESUMED;
    else
      least = clock;
  }
}

uint32_t rf_thread_sync_ops(const struct rf_lthread *l, struct rf_sync_op *out) {
  uint32_t count = 0;
  rf_lock_enter(&notes_lock);
  const struct rf_notes *n = l->notes;
  const uint64_t next = n ? atomic_load_explicit(&n->op_next, memory_order_acquire) : 0;
  for (uint64_t i = next; i-- && i + RF_SYNC_OPS >= next;)
    out[count++] = n->op[i % RF_SYNC_OPS];
  // The thread goes on meanwhile: what it may have overwritten since does not count.
  atomic_thread_fence(memory_order_acquire);
  const uint64_t now = n ? atomic_load_explicit(&n->op_next, memory_order_relaxed) : 0;
  while (count && next - count + RF_SYNC_OPS <= now)
    count--;
  rf_lock_leave(&notes_lock);
  mark_resumed(out, count);
  return count;
}

// ---- Locks held ----

static void held_grow(struct rf_thread *t) {
  const uint32_t room = t->held_room ? 2 * t->held_room : 16;
  t->held = rf_mem_grow(t->held, t->held_room * sizeof *t->held, room * sizeof *t->held);
  t->held_room = room;
}

void rf_held_add(struct rf_thread *t, uintptr_t lock, const char *kind, bool exclusive) {
  for (uint32_t i = 0; i < t->held_count; i++)
    if (t->held[i].lock == lock) {
      t->held[i].depth++;
      return;
    }
  rf_thread_split(t);
  if (t->held_count == t->held_room)
    held_grow(t);
  t->held[t->held_count++] = (struct rf_held){lock, kind, rf_thread_where(t, NULL), exclusive, 1, NULL};
}

bool rf_held_remove(struct rf_thread *t, uintptr_t lock) {
  for (uint32_t i = t->held_count; i--;) {
    if (t->held[i].lock != lock)
      continue;
    if (--t->held[i].depth)
      return true;
    t->section_dirty = t->dirty;
    rf_thread_split(t);
    if (t->order_valid > i)
      t->order_valid = i;
    for (t->held_count--; i < t->held_count; i++)
      t->held[i] = t->held[i + 1];
    return true;
  }
  return false;
}

const struct rf_held *rf_held_find(const struct rf_thread *t, uintptr_t lock) {
  for (uint32_t i = t->held_count; i--;)
    if (t->held[i].lock == lock)
      return &t->held[i];
  return NULL;
}

// ---- Birth and death ----

static void copy_name(char *to, const char *from) {
  unsigned i = 0;
  for (; from && from[i] && i + 1 < RF_NAME_MAX; i++)
    to[i] = from[i];
  to[i] = 0;
}

void rf_thread_name(struct rf_lthread *l, const char *name) { copy_name(l->name, name); }

// The caller holds the table's lock.
static struct rf_lthread *record_take(void) {
  if (idle_record_count)
    return rf_lthread_at(idle_records[--idle_record_count]);
  const uint32_t index = record_count + 1;
  struct rf_lthread **page = &pages[index / PAGE_THREADS];
  if (!*page)
    *page = rf_mem_alloc(PAGE_THREADS * sizeof **page);
  struct rf_lthread *l = &(*page)[index % PAGE_THREADS];
  l->index = index;
  atomic_store_explicit(&record_count, index, memory_order_release);
  return l;
}

static struct rf_lthread *lthread_new(enum rf_thread_kind kind, const char *name, const struct rf_clock *vc) {
  rf_lock_enter(&table_lock);
  struct rf_lthread *l = record_take();
  uint64_t first_clock;
  *l = (struct rf_lthread){.index = l->index, .number = thread_count + 1, .kind = kind};
  l->slot = slot_take(vc, &first_clock);
  l->final = first_clock - 1; // until it ends: the last clock of the slot's former holder
  copy_name(l->name, name);
  atomic_store_explicit(&thread_count, l->number, memory_order_release);
  rf_lock_leave(&table_lock);
  atomic_fetch_add_explicit(&live, 1, memory_order_acq_rel);
  return l;
}

// The caller holds the table's lock.
static void list_in(struct rf_thread *t) {
  t->next = running;
  t->prev = &running;
  if (running)
    running->prev = &t->next;
  running = t;
}

static void list_out(struct rf_thread *t) {
  *t->prev = t->next;
  if (t->next)
    t->next->prev = t->prev;
  t->prev = NULL;
}

// The carrier's segment, its name and its cache of contexts serve all that it carries.
static void carrier_ready(struct rf_thread *t) {
  if (!t->seg || rf_seg_full(t->seg))
    use_segment(t, segment_for_carrier());
  if (!t->owner)
    t->owner = rf_owner_new();
  if (t->prev)
    return;
  rf_lock_enter(&table_lock);
  list_in(t);
  rf_lock_leave(&table_lock);
}

static void thread_start(struct rf_thread *t, struct rf_lthread *l, struct rf_tls *tls, struct rf_frame *frames) {
  t->tls = tls;
  t->self = l;
  t->frames = frames;
  t->dirty = 0;
  t->held_count = t->order_valid = 0;
  t->has_fence_release = t->has_fence_acquire = false;
  t->offer = 0;
  t->ignore = t->ignore_sync = 0;
  rf_thread_forget_atoms(t);
  carrier_ready(t);
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
  const struct rf_clock none = {.near = NULL};
  *t = (struct rf_thread){0};
  thread_start(t, lthread_new(RF_THREAD_MAIN, "main", &none), tls, frames);
}

// The first thread beside main: from here on accesses are recorded. All that main did before is ordered
// before every access of the child, so that nothing is lost by not having recorded it.
static void leave_serial(struct rf_thread *t) {
  rf_serial = false;
  rf_order_phase();
  rf_shadow_serial_cell(0);
  rf_shadow_attach(t->tls);
}

struct rf_birth *rf_thread_fork(struct rf_thread *parent, enum rf_thread_kind kind, const char *name,
                                const struct rf_site *site) {
  if (rf_serial)
    leave_serial(parent);
  struct rf_birth *b = rf_mem_alloc(sizeof *b);
  const rf_place birth = rf_thread_where(parent, site);
  rf_thread_publish(parent);
  b->child = lthread_new(kind, name, &parent->vc);
  b->child->birth = birth;
  rf_trace_note(RF_TRACE_FORK, parent->self->number, b->child->number, 0, 0, 0);
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
  rf_clock_move(&t->vc, &birth->vc);
  thread_start(t, birth->child, tls, frames);
  rf_mem_free(birth, sizeof *birth);
}

void rf_thread_move(struct rf_thread *to, const struct rf_thread *from) {
  rf_lock_enter(&table_lock);
  *to = *from;
  *to->prev = to;
  if (to->next)
    to->next->prev = &to->next;
  rf_lock_leave(&table_lock);
}

// ---- Sharing a carrier ----

static struct rf_parked *all_parked; // guarded by table_lock

static void parked_out(struct rf_parked *p) {
  *p->prev = p->next;
  if (p->next)
    p->next->prev = p->prev;
}

void rf_parked_begin(struct rf_parked *p, struct rf_thread *t) {
  *p = (struct rf_parked){.self = t->self};
  rf_lock_enter(&table_lock);
  p->next = all_parked;
  p->prev = &all_parked;
  if (all_parked)
    all_parked->prev = &p->next;
  all_parked = p;
  rf_lock_leave(&table_lock);
}

void rf_parked_end(struct rf_parked *p) {
  rf_lock_enter(&table_lock);
  parked_out(p);
  rf_lock_leave(&table_lock);
  if (p->fences)
    rf_mem_free(p->fences, sizeof *p->fences);
}

void rf_parked_each(void (*visit)(struct rf_parked *p, void *arg), void *arg) {
  rf_lock_enter(&table_lock);
  for (struct rf_parked *p = all_parked; p; p = p->next)
    visit(p, arg);
  rf_lock_leave(&table_lock);
}

// Room for locks and remotes that is empty serves whoever comes next on the carrier.
static void park_tables(struct rf_thread *t, struct rf_parked *p) {
  p->held_count = t->held_count;
  p->held_room = t->held_room;
  p->held = t->held_count ? t->held : NULL;
  if (p->held)
    t->held = NULL, t->held_room = 0;
  p->remotes_count = t->remotes_count;
  p->remotes_bits = t->remotes_bits;
  p->remotes = t->remotes_count ? t->remotes : NULL;
  if (p->remotes)
    t->remotes = NULL, t->remotes_bits = 0;
  t->held_count = t->remotes_count = 0;
}

static void unpark_tables(struct rf_thread *t, const struct rf_parked *p) {
  t->held_count = p->held_count;
  t->order_valid = 0;
  if (p->held) {
    if (t->held)
      rf_mem_free(t->held, t->held_room * sizeof *t->held);
    t->held = p->held;
    t->held_room = p->held_room;
  }
  t->remotes_count = p->remotes_count;
  if (p->remotes) {
    rf_remote_retire(t);
    t->remotes = p->remotes;
    t->remotes_bits = p->remotes_bits;
  }
  rf_thread_forget_atoms(t);
}

static void park_fences(struct rf_thread *t, struct rf_parked *p) {
  if (!t->has_fence_release && !t->has_fence_acquire)
    return;
  if (!p->fences)
    p->fences = rf_mem_alloc(sizeof *p->fences);
  p->fences->has_release = t->has_fence_release;
  p->fences->has_acquire = t->has_fence_acquire;
  rf_clock_move(&p->fences->release, &t->fence_release);
  rf_clock_move(&p->fences->acquire, &t->fence_acquire);
  t->has_fence_release = t->has_fence_acquire = false;
}

static void unpark_fences(struct rf_thread *t, struct rf_parked *p) {
  if (!p->fences)
    return;
  t->has_fence_release = p->fences->has_release;
  t->has_fence_acquire = p->fences->has_acquire;
  rf_clock_move(&t->fence_release, &p->fences->release);
  rf_clock_move(&t->fence_acquire, &p->fences->acquire);
}

void rf_thread_park(struct rf_thread *t, struct rf_parked *p) {
  p->epoch_first = t->epoch_first;
  p->epoch = t->epoch;
  p->epoch_end = t->epoch_end;
  p->clock = t->clock;
  p->seg_index = t->seg_index;
  p->dirty = t->dirty;
  p->last_dirty = t->last_dirty;
  p->published = t->published;
  p->publications = t->publications;
  p->offer = t->offer;
  p->section_dirty = t->section_dirty;
  rf_clock_move(&p->vc, &t->vc);
  park_fences(t, p);
  p->frames = t->frames;
  p->ignore = t->ignore;
  p->ignore_sync = t->ignore_sync;
  p->last_sync = t->last_sync;
  p->notes = t->self->notes;
  p->next_note = p->notes && p->notes->size ? &p->notes->note[p->notes->next % p->notes->size] : NULL;
  park_tables(t, p);
  t->section_dirty = false;
  t->left.object = 0;
  t->self = NULL;
}

// What it will write soon is in no near cache where many take turns.
static void expect_notes(const struct rf_parked *p) {
  __builtin_prefetch(p->self);
  __builtin_prefetch(p->notes, 1);
  __builtin_prefetch(p->notes ? &p->notes->op : NULL, 1);
  __builtin_prefetch(p->next_note, 1);
}

void rf_thread_unpark(struct rf_thread *t, struct rf_parked *p, struct rf_tls *tls) {
  expect_notes(p);
  t->tls = tls;
  t->self = p->self;
  t->epoch_first = p->epoch_first;
  t->epoch = p->epoch;
  t->epoch_end = p->epoch_end;
  t->clock = p->clock;
  t->dirty = p->dirty;
  t->last_dirty = p->last_dirty;
  t->published = p->published;
  t->publications = p->publications;
  t->offer = p->offer;
  t->left.object = 0;
  t->section_dirty = p->section_dirty;
  rf_clock_move(&t->vc, &p->vc);
  unpark_fences(t, p);
  t->frames = p->frames;
  t->ignore = p->ignore;
  t->ignore_sync = p->ignore_sync;
  t->last_sync = p->last_sync;
  t->renewals++; // ranges that this carrier knows of the thread may have got new memory elsewhere
  unpark_tables(t, p);
  p->epoch_first = 0;
  carrier_ready(t);
  if (p->seg_index != t->seg_index)
    new_block(t); // contexts of another carrier's segment
  rf_shadow_attach(tls);
  show_epoch(t);
}

static void stop_running(struct rf_thread *t) {
  rf_lock_enter(&table_lock);
  list_out(t);
  rf_lock_leave(&table_lock);
}

void rf_thread_end(struct rf_thread *t, bool publish) {
  struct rf_lthread *l = t->self;
  stop_running(t);
  rf_remote_thread_end(t);
  l->final = t->last_dirty;
  rf_thread_publish(t);
  rf_lock_enter(&table_lock);
  l->joinable = publish && !l->detached;
  if (l->joinable)
    rf_clock_copy(&l->end, &t->vc);
  rf_lock_leave(&table_lock);
  rf_clock_clear(&t->vc);
  if (t->has_fence_acquire)
    rf_clock_clear(&t->fence_acquire);
  if (t->has_fence_release)
    rf_clock_clear(&t->fence_release);
  t->has_fence_release = t->has_fence_acquire = false;
  t->held_count = 0;
  t->self = NULL;
  notes_retire(l);
  lthread_over(l);
}

void rf_thread_retire(struct rf_thread *t) {
  rf_owner_end(t->owner);
  rf_remote_retire(t);
  rf_over_give_up(&t->records);
  rf_clock_thread_end();
  if (t->held)
    rf_mem_free(t->held, t->held_room * sizeof *t->held);
  t->held = NULL;
  t->held_room = 0;
  rf_lock_enter(&table_lock);
  if (t->prev)
    list_out(t);
  if (t->seg && !rf_seg_full(t->seg)) {
    *rf_seg_link(t->seg) = idle_segments;
    idle_segments = t->seg;
  }
  rf_lock_leave(&table_lock);
  t->seg = NULL;
  t->owner = 0;
}

void rf_thread_join(struct rf_thread *t, struct rf_lthread *ended) {
  rf_trace_note(RF_TRACE_JOIN, t->self->number, ended->number, 0, 0, 0);
  rf_thread_learn(t, &ended->end);
  rf_lthread_detach(ended);
  rf_thread_settle(t);
}

void rf_lthread_detach(struct rf_lthread *l) {
  rf_lock_enter(&table_lock); // it may be ending just now
  rf_clock_clear(&l->end);
  l->joinable = false;
  l->detached = true;
  rf_lock_leave(&table_lock);
}

void rf_thread_settle(struct rf_thread *t) {
  if (rf_serial || rf_thread_live() != 1)
    return;
  rf_lock_enter(&table_lock);
  // Nobody else lives, so nobody else can fork between the check and the switch.
  if (slots_each(slot_known, &t->vc)) {
    rf_serial = true;
    show_epoch(t);
    rf_shadow_attach(t->tls);
  }
  rf_lock_leave(&table_lock);
}

_Atomic uint32_t rf_thread_adoptions;

void rf_thread_adopt(struct rf_thread *t, struct rf_tls *tls, struct rf_frame *frames,
                     const struct rf_thread *main) {
  struct rf_clock vc = {.near = NULL};
  if (rf_serial) {
    rf_serial = false;
    rf_order_phase();
    rf_shadow_serial_cell(0);
  }
  atomic_fetch_add_explicit(&rf_thread_adoptions, 1, memory_order_seq_cst);
  if (main->self) { // main may have left by pthread_exit
    rf_clock_copy(&vc, &main->vc);
    rf_clock_set(&vc, main->self->slot, main->clock, RF_CLOCK_NOBODY);
  }
  struct rf_lthread *l = lthread_new(RF_THREAD_PTHREAD, "", &vc);
  t->vc = vc;
  thread_start(t, l, tls, frames);
}

// What the slot's thread did up to this clock is past for t.
static void take_as_past(struct rf_thread *t, uint32_t slot, uint64_t clock) {
  if (rf_clock_get(&t->vc, slot) >= clock)
    return;
  rf_clock_set(&t->vc, slot, clock, rf_thread_maker(t));
  t->offer = 0;
}

static bool slot_past(struct free_slot *f, void *t) {
  take_as_past(t, f->slot, f->final);
  return true;
}

void rf_thread_after_fork(struct rf_thread *t) {
  const uint32_t n = record_count;
  atomic_store_explicit(&table_lock.held, 0, memory_order_relaxed);
  atomic_store_explicit(&notes_lock.held, 0, memory_order_relaxed);
  for (struct rf_thread *other = running, *next; other; other = next) {
    next = other->next;
    if (other == t)
      continue;
    if (!other->self || !other->self->parked)
      list_out(other);
    else
      take_as_past(t, other->self->slot, other->last_dirty); // it may go on here
  }
  for (struct rf_parked *p = all_parked, *next; p; p = next) {
    next = p->next;
    if (p->self != t->self)
      parked_out(p);
  }
  // The other threads do not exist here. Nothing they did can race with anything from now on: the memory
  // is this process's alone. Their slots are passed on as if they had been joined.
  for (uint32_t i = 1; i <= n; i++) {
    struct rf_lthread *l = rf_lthread_at(i);
    if (l == t->self || l->ended || l->parked)
      continue;
    l->final = UINT64_C(1) << 40; // beyond whatever it had reached
    lthread_over(l);
  }
  slots_each(slot_past, t);
  rf_thread_settle(t);
}

// ---- Collection ----

// The last collection that found a cell of each slot.
static uint32_t *slot_marks, slot_marks_room;

void rf_thread_mark(uint32_t index, uint32_t slot, uint32_t round) {
  rf_lthread_at(index)->mark = round;
  if (slot >= slot_marks_room) {
    const uint32_t room = slot + slot / 2 + 64;
    slot_marks = rf_mem_grow(slot_marks, slot_marks_room * sizeof *slot_marks, room * sizeof *slot_marks);
    slot_marks_room = room;
  }
  slot_marks[slot] = round;
}

uint32_t rf_thread_slots(void) { return slots_used; }

void rf_thread_each(void (*visit)(struct rf_thread *t)) {
  for (struct rf_thread *t = running; t; t = t->next)
    if (t->self)
      visit(t);
}

static void notes_drop(struct rf_lthread *l) {
  if (!l->notes)
    return;
  notes_free(l->notes);
  l->notes = NULL;
  for (uint32_t i = 0; i < KEPT_ENDED; i++)
    if (kept_ended[i] == l->index)
      kept_ended[i] = 0;
}

static void record_give(struct rf_lthread *l) {
  notes_drop(l);
  l->number = 0;
  if (idle_record_count == idle_record_room) {
    const uint32_t room = idle_record_room ? 2 * idle_record_room : 1024;
    idle_records = rf_mem_grow(idle_records, idle_record_room * sizeof *idle_records, room * sizeof *idle_records);
    idle_record_room = room;
  }
  idle_records[idle_record_count++] = l->index;
}

static bool slot_sweep(struct free_slot *f, void *round) {
  f->forgotten = f->slot >= slot_marks_room || slot_marks[f->slot] != *(const uint32_t *)round;
  return true;
}

void rf_thread_sweep(uint32_t round) {
  slots_each(slot_sweep, &round);
  for (uint32_t i = 1; i <= record_count; i++) {
    struct rf_lthread *l = rf_lthread_at(i);
    if (l->number && l->ended && l->mark != round && !l->joinable)
      record_give(l);
  }
}
