// The shadow: for each granule of the program's memory, which accesses a later one could still race with.
//
// Invariant (exactness): for every access ever made to a byte, the granule holds a cell that covers the
// byte and is that access or one that happened after it and conflicts with whatever it conflicts with.
// Therefore any later access that races with any former one finds a racing cell. A cell is dropped only in
// favour of one that covers it, never for want of room: a granule with more cells than fit has a record.
#ifndef RF_SHADOW_H
#define RF_SHADOW_H

#include "rf_thread.h"

struct rf_shadow_map {
  uint64_t mask; // what tls.mask is while the program is parallel
  uint64_t base;
};

void rf_shadow_init(struct rf_shadow_map map);
// Sets mask and base of compiled code's checks for the present mode.
void rf_shadow_attach(struct rf_tls *tls);
// The cell that every check looks at while the program is serial.
void rf_shadow_serial_cell(uint64_t cell);

struct rf_access {
  uint64_t kind;              // RF_CELL_PLAIN | RF_CELL_WRITE ...
  const struct rf_site *site; // NULL: the pending call of the top frame
  const struct rf_libsite *lib; // below site, or NULL
  uint64_t value;             // about to be written, if known
  bool has_value;
};

// Checks and records. small: within one granule.
void rf_access_small(struct rf_thread *t, uintptr_t addr, size_t size, const struct rf_access *a);
void rf_access(struct rf_thread *t, uintptr_t addr, size_t size, const struct rf_access *a);
// Calls visit for every cell with an epoch, while nobody else is in the core. Returns how many pages it
// looked at.
uint64_t rf_shadow_visit(void (*visit)(uint64_t cell));
// Goes once round the listed pages (rf_touched.h), from position *hand on; each may lose cells.
struct rf_shadow_dropping {
  bool (*gone)(uint64_t cell);   // this cell goes; NULL: all do
  bool (*spares)(uint64_t cell); // the whole page of this cell stays; NULL: none does
  bool (*enough)(void);          // stop, and leave *hand at the next page; NULL: never
};
void rf_shadow_drop(uint64_t *hand, const struct rf_shadow_dropping *d); // while nobody else is in the core
void rf_shadow_discard_idle(void); // pages that hold no cells, likewise
// Judges an atomic read of the byte at addr without recording it: finds a plain write, such as a release of the
// memory, that is not ordered before.
void rf_shadow_look(struct rf_thread *t, uintptr_t addr);
// The memory is new: nothing that was done to it before counts.
void rf_shadow_clear(struct rf_thread *t, uintptr_t addr, size_t size);
// t is done with the memory: the next to touch it may own its shadow.
void rf_shadow_disown(struct rf_thread *t, uintptr_t addr, size_t size);

// A pair that no order holds apart, as the host is told of it. Valid during the call.
struct rf_race {
  struct rf_thread *thread; // of the later access, and the caller
  uintptr_t addr;           // first byte that both touch
  uintptr_t access_addr;    // the later access
  size_t access_size;
  unsigned common;          // bytes that both touch
  uint64_t now;             // cells: epoch, context, kind, mask
  uint64_t before;
  struct rf_access access;
};

uint32_t rf_thread_library_context(struct rf_thread *t, const struct rf_libsite *lib);

// The cells of addr's granule, at most max, as they are at this moment; returns how many.
unsigned rf_shadow_cells(struct rf_thread *t, uintptr_t addr, uint64_t *out, unsigned max);
// For tests: how many cells the granule holds.
unsigned rf_shadow_count(uintptr_t addr);

#endif
