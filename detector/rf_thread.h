// Logical threads: their clocks, epochs and histories.
//
// Glossary. A *logical thread* is what the program calls a thread or goroutine; its record (rf_lthread)
// outlives it, for reports, as long as a shadow cell names one of its epochs. A *slot* is its index in vector clocks; a slot passes on only to a thread whose
// creator knows the end of the former holder, so that clocks are as wide as the program is concurrent.
// An *epoch* is a stretch of one logical thread between two releases, numbered by its *clock*; an *epoch id*
// names it program-wide. A thread's own entry in its vector clock is the last clock value that it has
// published; the present epoch is always later.
#ifndef RF_THREAD_H
#define RF_THREAD_H

#include "rf_cell.h"
#include "rf_clock.h"
#include "rf_ctx.h"
#include "rf_edges.h"
#include "rf_over.h"
#include "rf_place.h"

#define RF_NAME_MAX 32
#define RF_HELD_NOTED 64u // locks that an epoch's note keeps

// One lock that a thread holds. where: its acquisition.
struct rf_held {
  uintptr_t lock;
  const char *kind; // "mutex", "go_mutex"
  rf_place where;
  uint32_t exclusive;
  uint32_t depth; // recursive acquisitions
  struct rf_order_node *node; // all locks up to this one, as rf_order.h knows them
};

// A dependency that rf_order.h has seen lately.
#define RF_ORDER_KNOWN 32u
struct rf_order_known {
  const struct rf_order_node *under;
  uintptr_t lock;
  uint32_t version, phase;
  bool exclusive, may_wait;
};

// What a thread last did to synchronise.
struct rf_last_sync {
  const char *what; // "pthread_mutex_unlock", "started"
  uintptr_t object;
  rf_place where;
};

// The state in which an epoch's first access was recorded. Locks held do not change within an epoch:
// taking or dropping one begins another.
struct rf_epoch_note {
  uint64_t epoch;
  struct rf_last_sync sync;
  uint64_t held_at; // position of the first lock in the held ring
  uint32_t held_count;
};

// One synchronisation of a thread by a call. What it did before a release is of an earlier clock than that.
struct rf_sync_op {
  uintptr_t object;
  rf_place where;
  uint64_t clock_way; // the clock afterwards << RF_SYNC_WAY_BITS | RF_SYNC_RELEASED or RF_SYNC_ACQUIRED
};
#define RF_SYNC_WAY_BITS 3
#define RF_SYNC_RELEASED 1u
#define RF_SYNC_ACQUIRED 2u
#define RF_SYNC_RESUMED 4u // in a copy: the thread went back behind that clock since, so before or after nobody can tell
#define RF_SYNC_OPS 8u // that are kept of each thread, a power of two

// The latest notes of one thread. Rings of their own, so that a note costs what it holds; they begin small, for most of many
// threads make few notes.
#define RF_NOTES 256u // at most in each; fewer of those of a thread that is one of many, down to
#define RF_NOTES_OF_MANY 16u
#define RF_NOTES_OF_ALL 32768u // together, or nearly so
struct rf_notes {
  uint64_t next, held_next; // positions ever written; the ring index is the remainder
  uint32_t size, held_size; // powers of two
  struct rf_epoch_note *note;
  struct rf_held *held;
  _Atomic uint64_t op_next; // likewise
  struct rf_sync_op op[RF_SYNC_OPS];
};

struct rf_lthread {
  uint32_t index;
  uint32_t number; // as reports print it, main is 1; never used again
  enum rf_thread_kind kind;
  uint32_t slot;
  uint32_t mark;       // the last collection that found a cell of its epochs
  rf_place birth;      // the creation, in the parent; 0: none
  uint64_t final;      // clock of the last epoch in which it recorded anything; set at its end
  struct rf_clock end; // what a join learns; cleared when joined, detached or a goroutine
  bool joinable;       // it has ended, and a join may follow
  bool detached;       // none will; end, joinable and detached are guarded by the table's lock
  _Atomic uint32_t ended;
  bool parked; // lives without a pthread, in memory alone: a fibre that is not running
  struct rf_notes *notes; // guarded by the notes lock; dropped some time after the thread's end
  char name[RF_NAME_MAX];
};

// The critical section that a thread left last, while nothing else of it is published (rf_sync_lock_at).
struct rf_left {
  uintptr_t object;      // what it released, 0: none
  uint32_t acquisitions; // of the object until then
  uint64_t publications; // of the thread until then
  uint64_t epoch;        // of the section
  uint32_t adoptions;    // of the program until then: threads that learned of whatever its main had done
};

// An atomic operation that a thread did lately, and the state of the location's line then.
#define RF_ATOMS_KNOWN 64u
struct rf_atom_known {
  uintptr_t addr; // 0: none
  struct rf_line *line; // NULL: there was none
  uint32_t version;
  bool acquired; // it knows what was released until then
  bool nothing;  // and that is nothing
  bool wrote;    // in the access that was recorded last, of size bytes in the epoch of cur
  uint16_t size;
  uint64_t cur;
};

// The running side of a logical thread.
struct rf_thread {
  struct rf_tls *tls;
  struct rf_thread *next, **prev; // all running ones, guarded by the table's lock; prev is NULL if it is not listed
  struct rf_lthread *self; // NULL: a carrier between two
  struct rf_seg *seg;
  uint32_t seg_index;
  uint16_t owner; // name of the carrier in rf_owner.h
  uint64_t epoch;     // id of the present epoch
  uint64_t epoch_first; // first id of the present block
  uint64_t epoch_end;   // first id beyond it
  uint64_t clock;     // clock of the present epoch
  uint32_t dirty;     // something was recorded in this epoch
  uint64_t last_dirty; // clock of the last epoch in which something was recorded
  uint64_t published;  // this thread's own entry in vc
  uint64_t publications; // how often others may have got vc
  uintptr_t offer;       // where it offered vc as it still is (rf_sync_offer), 0: nowhere
  struct rf_left left;
  bool section_dirty; // something was recorded since the lock that it dropped last, or any other, was taken
  struct rf_clock vc;
  struct rf_clock fence_release; // C11 7.17.4: what relaxed stores after a release fence publish
  struct rf_clock fence_acquire; // what relaxed loads saw, to be joined by an acquire fence
  bool has_fence_release, has_fence_acquire; // else the clock is all zeros
  struct rf_frame *frames; // base of the shadow call stack
  struct rf_held *held;
  uint32_t held_count, held_room;
  uint32_t order_valid, order_version; // held[0..order_valid) have nodes of that version
  struct rf_order_known order_known[RF_ORDER_KNOWN];
  struct rf_last_sync last_sync;
  struct rf_atom_known atoms[RF_ATOMS_KNOWN]; // of this logical thread
  bool atoms_any; // one of them is known
  struct rf_remote **remotes; // of this logical thread, 1 << remotes_bits places (rf_remote.h)
  uint32_t remotes_bits, remotes_count;
  struct rf_over_kept records; // of the carrier
  uint64_t chance; // of rf_shadow.c, a stream of random numbers
  // Accesses that took a slow path; told in the footer.
  uint64_t slow_count;
  uint32_t renewals; // how often it gave memory back or took it anew
  uint32_t ignore, ignore_sync; // nesting of stretches whose accesses, or whose edges, do not count
};

// What a thread keeps of fences while it does not run; most have none.
struct rf_parked_fences {
  struct rf_clock release, acquire;
  bool has_release, has_acquire;
};

// A logical thread that shares its carriers with others: its state while it does not run. Its carrier's segment,
// owner's name and caches stay with the carrier.
struct rf_parked {
  struct rf_parked *next, **prev; // all such threads, also those that run; guarded by the table's lock
  struct rf_lthread *self;
  uint64_t epoch_first; // 0: it runs
  uint64_t epoch, epoch_end;
  uint64_t clock;
  uint32_t seg_index;
  uint32_t dirty;
  uint64_t last_dirty, published, publications;
  uintptr_t offer;
  bool section_dirty;
  const struct rf_notes *notes; // self's, and the next to be written, when it was parked
  const struct rf_epoch_note *next_note;
  struct rf_clock vc;
  struct rf_parked_fences *fences; // NULL: it has never had any
  struct rf_frame *frames;
  struct rf_held *held; // NULL: it holds none
  uint32_t held_count, held_room;
  uint32_t ignore, ignore_sync;
  struct rf_last_sync last_sync;
  struct rf_remote **remotes; // NULL: it has none
  uint32_t remotes_bits, remotes_count;
};

struct rf_birth {
  struct rf_lthread *child;
  struct rf_clock vc;
};

// True while one logical thread lives and knows the end of every other one: nothing needs recording.
extern bool rf_serial;

// Starts the core with t as logical thread 1, main; the program is serial then. The shadow and the
// synchronisation objects must have been set up before.
void rf_core_init(struct rf_thread *t, struct rf_tls *tls, struct rf_frame *frames);

// In the parent: where is the creation's site (NULL: the pending call of the top frame).
struct rf_birth *rf_thread_fork(struct rf_thread *parent, enum rf_thread_kind kind, const char *name,
                                const struct rf_site *site);
void rf_birth_drop(struct rf_birth *birth); // the creation failed
// In the child, on its carrier.
void rf_thread_begin(struct rf_thread *t, struct rf_birth *birth, struct rf_tls *tls, struct rf_frame *frames);
// publish: a join may follow.
void rf_thread_end(struct rf_thread *t, bool publish);
// The carrier itself ends: its segment and its owner's name pass on.
void rf_thread_retire(struct rf_thread *t);
void rf_thread_join(struct rf_thread *t, struct rf_lthread *ended);
void rf_lthread_detach(struct rf_lthread *l);
// Makes the program serial again if t is the only live thread and knows the end of all others.
void rf_thread_settle(struct rf_thread *t);
uint32_t rf_thread_live(void);
// A thread that nobody announced (made by the C library itself): ordered after all that main did so far.
void rf_thread_adopt(struct rf_thread *t, struct rf_tls *tls, struct rf_frame *frames, const struct rf_thread *main);
// A thread's state goes from one place in memory to another: to takes over all that from was, also for the
// collection; from is nothing any more.
void rf_thread_move(struct rf_thread *to, const struct rf_thread *from);
// t's logical thread, which has just begun, will share its carrier; and it is about to end.
void rf_parked_begin(struct rf_parked *p, struct rf_thread *t);
void rf_parked_end(struct rf_parked *p);
// t carries nobody from now on; t, which carries nobody, goes on as the thread that was parked. The caller moves sp.
void rf_thread_park(struct rf_thread *t, struct rf_parked *p);
void rf_thread_unpark(struct rf_thread *t, struct rf_parked *p, struct rf_tls *tls);
// Calls visit for all of them while none begins or ends.
void rf_parked_each(void (*visit)(struct rf_parked *p, void *arg), void *arg);
extern _Atomic uint32_t rf_thread_adoptions;
// After fork in the child: t is the only thread that runs; those parked stay.
void rf_thread_after_fork(struct rf_thread *t);

// name is copied, cut to RF_NAME_MAX.
void rf_thread_name(struct rf_lthread *l, const char *name);

struct rf_lthread *rf_lthread_at(uint32_t index);
uint32_t rf_lthread_records(void); // indices are 1..records
// NULL: its record is gone.
struct rf_lthread *rf_lthread_numbered(uint32_t number);
uint32_t rf_lthread_count(void); // how many there have been

uint32_t rf_thread_context_slow(struct rf_thread *t, const struct rf_site *site);

// The present stack plus site (NULL: the pending call alone) as a context of t's segment.
static inline uint32_t rf_thread_context(struct rf_thread *t, const struct rf_site *site) {
  const struct rf_frame *top = t->tls->sp - 1;
  if (top < t->frames || !top->ctx || top->seg != t->seg_index)
    return rf_thread_context_slow(t, site);
  if (!site)
    site = top->site; // the call that the top frame is in
  const uint32_t ctx = site ? rf_ctx_intern(t->seg, top->ctx, site) : top->ctx;
  return ctx ? ctx : rf_thread_context_slow(t, site);
}

// The same for later reports.
rf_place rf_thread_where(struct rf_thread *t, const struct rf_site *site);
// The thread in a library function that was called where the top frame is.
rf_place rf_thread_where_in(struct rf_thread *t, const struct rf_libsite *lib);

// The thread and the context have existed.
bool rf_place_known(rf_place where);

// ---- Collection (rf_collect.h): all other threads are outside the core ----
void rf_thread_each(void (*visit)(struct rf_thread *t));
uint32_t rf_thread_slots(void); // that were ever in use
// Gives back the records of ended threads that neither a cell nor a join needs any more, and lets their
// slots pass on to whomever.
void rf_thread_sweep(uint32_t round);
// A cell names an epoch of the thread, which has the slot.
void rf_thread_mark(uint32_t index, uint32_t slot, uint32_t round);

static inline struct rf_clock_maker rf_thread_maker(const struct rf_thread *t) {
  return (struct rf_clock_maker){t->self->number, t->publications};
}

// t learns what the clock knows.
static inline void rf_thread_learn(struct rf_thread *t, const struct rf_clock *clock) {
  if (rf_clock_join(&t->vc, clock, rf_thread_maker(t)))
    t->offer = 0;
}

// What t knows of atomic locations does not count any more.
static inline void rf_thread_forget_atoms(struct rf_thread *t) {
  for (uint32_t i = 0; t->atoms_any && i < RF_ATOMS_KNOWN; i++)
    t->atoms[i].addr = 0;
  t->atoms_any = false;
}

// Publishes: enters the last epoch with records in the vector clock, and begins another after it.
void rf_thread_publish(struct rf_thread *t);
// The first record of an epoch: from now on the epoch must be published before others may know it.
void rf_thread_soil(struct rf_thread *t);
// Begins a new epoch without publishing, so that locks held are the same throughout each epoch.
void rf_thread_split(struct rf_thread *t);
// Goes back from a new epoch, in which nothing was recorded, to the one before, of the section that t is in again.
void rf_thread_resume(struct rf_thread *t);
// After the operation. what: static text, NULL for the name of the function that the top frame calls.
void rf_thread_note_sync(struct rf_thread *t, const char *what, uintptr_t object, unsigned way);
// The latest operations of a thread, at most RF_SYNC_OPS, the newest first; returns how many.
uint32_t rf_thread_sync_ops(const struct rf_lthread *l, struct rf_sync_op *out);

void rf_held_add(struct rf_thread *t, uintptr_t lock, const char *kind, bool exclusive);
// False: t does not hold it.
bool rf_held_remove(struct rf_thread *t, uintptr_t lock);
const struct rf_held *rf_held_find(const struct rf_thread *t, uintptr_t lock);

// ---- Epoch ids ----
struct rf_epoch_owner {
  struct rf_lthread *thread;
  struct rf_seg *seg;
  uint64_t clock;
};
struct rf_epoch_owner rf_epoch_lookup(uint64_t epoch);
// State in which the epoch's accesses were made; at most max locks are written to held, their number to
// *held_count. False if it is too long ago to be known.
bool rf_epoch_note_find(uint64_t epoch, struct rf_epoch_note *out, struct rf_held *held, uint32_t max,
                        uint32_t *held_count);

#endif
