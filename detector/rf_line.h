// How synchronisation objects lie in memory, for the two files that work on them (rf_sync.c, rf_atomics.c).
#ifndef RF_LINE_H
#define RF_LINE_H

#include "rf_sync.h"

#include <stdatomic.h>
#include <stddef.h>

struct rf_head;

struct rf_sync {
  struct rf_sync *next; // in its line
  uintptr_t addr;       // 0: none
  struct rf_head *heads; // empty while `released` is one thread's alone
  uint32_t head_count, head_room;
  uint32_t acquisitions; // how often somebody learned what was released
  uint32_t sole; // the thread whose release `released` is; 0: nobody's, RF_SYNC_MANY: see heads, or RF_SYNC_OFFER
  struct rf_clock released; // join of all heads
};
#define RF_SYNC_MANY UINT32_MAX
#define RF_SYNC_OFFER (UINT32_MAX - 1) // `released` is at least what was offered here last

// The objects of a granule of 8 bytes, nearly always one. An operation on the object needs two cache lines, which
// processors fetch together, and two more for the entries of many threads.
// A line is given back when its objects are forgotten, and may serve another granule then; who has found it enters it and
// looks whether it still is the granule's. Its word goes on, so that no version comes twice.
struct rf_line {
  _Alignas(128) _Atomic uint32_t word; // RF_LINE_HELD while locked; else a version, that grows with each change
  bool changes;      // guarded by the lock, as is all that follows: its holder changes something
  bool sections;     // some object in it is left by rf_sync_unlock_at()
  uintptr_t granule; // its number, 0: none
  struct rf_sync first;
};
#define RF_LINE_HELD 1u
_Static_assert(offsetof(struct rf_line, first.released.recent_slot) <= 128, "two cache lines");
_Static_assert(sizeof(struct rf_line) <= 256, "and two more");

// NULL: there is none, and so nobody has released anything at addr.
struct rf_line *rf_line_find(uintptr_t addr);
static inline uintptr_t rf_line_granule(uintptr_t addr) { return addr >> 3; }

// Of a line that the caller holds: the version once it is left.
static inline uint32_t rf_line_version(const struct rf_line *line) {
  return (atomic_load_explicit(&line->word, memory_order_relaxed) & ~RF_LINE_HELD) +
         (line->changes ? 2 * RF_LINE_HELD : 0);
}

// A store of t, with clock as what it releases, ends all release sequences at s but t's own.
void rf_sync_head_store(struct rf_thread *t, struct rf_sync *s, const struct rf_clock *clock);
// A read-modify-write goes on with them and adds t's.
void rf_sync_head_merge(struct rf_thread *t, struct rf_sync *s, const struct rf_clock *clock);
// A store that is not a release (C11 5.1.2.4p10); a release fence before it publishes through it (7.17.4p3).
void rf_sync_head_relaxed(struct rf_thread *t, struct rf_sync *s);

#endif
