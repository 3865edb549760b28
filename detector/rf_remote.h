// Remote cells. A thread that accesses a granule anew in each of its epochs, beside others who do the same, would
// replace its cell there each time by an atomic step on memory that all of them write: readers of one table, or users
// of one atomic. Instead the granule's record names a remote of the thread, which holds that cell; its owner renews it
// with two plain stores and touches nothing shared.
//
// Invariant: while a remote is live, no access of another thread that conflicts with what its owner may record there
// has been judged since the remote began, and those before it are ordered before its owner. So renewing needs no
// judgement. Whoever is about to record a conflicting access takes the remote back first, under the granule's lock: it
// marks it, lets a barrier run on every processor, and only then reads the cells. An owner that stored its cell before
// the barrier has it read; one that stored it later sees the mark, and records in the granule.
#ifndef RF_REMOTE_H
#define RF_REMOTE_H

#include "rf_over.h"
#include "rf_thread.h"

#include <stdatomic.h>

enum rf_remote_state {
  RF_REMOTE_LIVE,
  RF_REMOTE_BACK,   // somebody takes it back and is about to read it
  RF_REMOTE_GONE,   // the granule does not name it any more; its owner may free it
  RF_REMOTE_ORPHAN, // the owner has ended, the granule still names it: whoever takes it back frees it
};

#define RF_REMOTE_KINDS 3u
struct rf_remote {
  _Atomic uint32_t state; // over the record's count: a remote lies in the arena of records, on a cache line of its own
  uint32_t record;        // the other half of the record's head
  uintptr_t granule;
  uint32_t owner; // number of the thread
  uint8_t mask;   // bytes that its owner may record here
  bool atomic;    // and as what: atomic accesses, or plain reads
  uint64_t cell[RF_REMOTE_KINDS]; // the latest of each kind (atomic read, atomic write, plain read), 0: none
};
_Static_assert(sizeof(struct rf_remote) <= RF_OVER_LEAST, "a remote is a record of the least class");
_Static_assert(RF_CELL_WRITE == 0x100 && RF_CELL_PLAIN == 0x200, "kinds are numbered by these bits");

static inline struct rf_remote *rf_remote_at(uint32_t index) { return (struct rf_remote *)rf_over_at(index); }
static inline uint32_t rf_remote_index(const struct rf_remote *r) { return rf_over_index((const struct rf_over *)r); }

// Whether the owner of r may record an access that conflicts with one of the kind.
static inline bool rf_remote_conflicts(const struct rf_remote *r, uint64_t kind) {
  return r->atomic ? (kind & RF_CELL_PLAIN) != 0 : (kind & RF_CELL_WRITE) != 0;
}

// A new one, live.
struct rf_remote *rf_remote_new(const struct rf_thread *t, uintptr_t granule, unsigned mask, bool atomic);
static inline void rf_remote_free(struct rf_remote *r) { rf_over_free(rf_remote_index(r)); }

// ---- The remotes of a thread ----

static inline uint64_t rf_remote_hash(const struct rf_thread *t, uintptr_t granule) {
  return (granule * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - t->remotes_bits);
}

// NULL: none.
static inline struct rf_remote *rf_remote_find(const struct rf_thread *t, uintptr_t granule) {
  if (!t->remotes_count)
    return NULL;
  struct rf_remote *r = t->remotes[rf_remote_hash(t, granule)];
  return r && r->granule == granule ? r : NULL;
}

static inline uint64_t *rf_remote_cell(struct rf_remote *r, uint64_t kind) { return &r->cell[kind / RF_CELL_WRITE]; }

// Records fresh, whose granule is r's. False: r does not serve for that, or not any more.
bool rf_remote_renew(struct rf_thread *t, struct rf_remote *r, uint64_t fresh);
// The access is recorded in the present epoch.
static inline bool rf_remote_knows(const struct rf_thread *t, uintptr_t granule, uint64_t kind, unsigned mask) {
  struct rf_remote *r = rf_remote_find(t, granule);
  return r && !rf_remote_conflicts(r, kind) && rf_cell_hits(*rf_remote_cell(r, kind), t->tls->cur, kind, mask) &&
         atomic_load_explicit(&r->state, memory_order_relaxed) == RF_REMOTE_LIVE;
}
// Where a remote of the granule would be named. NULL: another one is there, and in use. Else the place is empty, or
// holds one to be taken back first.
struct rf_remote **rf_remote_place(struct rf_thread *t, uintptr_t granule);
// The place's remote, which has been taken back, goes.
void rf_remote_drop(struct rf_thread *t, struct rf_remote **place);
// The thread ends, or its carrier does.
void rf_remote_thread_end(struct rf_thread *t);
void rf_remote_retire(struct rf_thread *t);

#endif
