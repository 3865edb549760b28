// Atomic operations of the program: C11 7.17.3 and 5.1.2.4 with release sequences and fences. order: C11 memory_order.
#ifndef RF_ATOMICS_H
#define RF_ATOMICS_H

#include "rf_sync.h"

// ---- Under the line ----
// The caller holds the line and performs the operation itself; these check and record its access at the right
// moment: after what it acquires, before what it releases.
void rf_atomic_on_load(struct rf_thread *t, struct rf_line *line, uintptr_t addr, size_t size, int order,
                       const struct rf_site *site);
void rf_atomic_on_store(struct rf_thread *t, struct rf_line *line, uintptr_t addr, size_t size, int order,
                        const struct rf_site *site);
void rf_atomic_on_rmw(struct rf_thread *t, struct rf_line *line, uintptr_t addr, size_t size, int order,
                      const struct rf_site *site);
void rf_atomic_on_fence(struct rf_thread *t, int order);

// ---- Without a lock ----
// An operation that can be tried so is performed by the caller between begin and end.

struct rf_attempt {
  struct rf_line *line; // NULL: there was none
  uint32_t word;        // of the line before
  bool learns;    // released is new to the thread
  bool nothing;   // nobody has released anything
  struct rf_clock released;
};
// A load: false if it must be done under the line.
bool rf_atomic_load_begin(struct rf_thread *t, uintptr_t addr, int order, struct rf_attempt *a);
// False: what the thread learned may not be that of the value, and the load must be done again.
bool rf_atomic_load_end(struct rf_thread *t, uintptr_t addr, size_t size, int order, const struct rf_site *site,
                        const struct rf_attempt *a);
// A store or read-modify-write that releases nothing and acquires nothing, where nobody has released anything.
bool rf_atomic_change_begin(struct rf_thread *t, uintptr_t addr, int order, struct rf_attempt *a);
void rf_atomic_change_end(struct rf_thread *t, uintptr_t addr, size_t size, bool reads, const struct rf_site *site,
                          const struct rf_attempt *a);

// What whoever acquires at addr now learns of the thread with that slot; as far as it can be seen without waiting.
enum rf_released {
  RF_RELEASED_UNKNOWN,
  RF_RELEASED_NOTHING, // nobody has released anything there
  RF_RELEASED_OTHER,   // not what it did at that clock
  RF_RELEASED_KNOWN,   // what it did at that clock
};
// *sole: number of the thread whose store is the last, 0 or another value: not one alone.
enum rf_released rf_atomic_released(uintptr_t addr, uint32_t slot, uint64_t clock, uint32_t *sole);

#endif
