// The lock inside every object of the library: 32 bits, unlocked when zero. The detector does not know it, so it
// orders nothing in the program. Whoever finds it held tries again, and soon sleeps for a moment in between: that its
// holder is interrupted is rare, and if nobody waits to be woken, unlocking is a plain store.
// Invariant: held for a few dozen instructions, never across a park.
#ifndef GO_GUARD_H
#define GO_GUARD_H

#include "go_os.h"

enum { GUARD_FREE, GUARD_HELD };

void rf_go_guard_lock_slow(uint32_t *guard);

// Takes the guard if it is free. Acquire: pairs with the release in rf_go_guard_unlock().
static inline bool rf_go_guard_try(uint32_t *guard) {
  uint32_t expected = GUARD_FREE;
  return __atomic_compare_exchange_n(guard, &expected, GUARD_HELD, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static inline void rf_go_guard_lock(uint32_t *guard) {
  if (__builtin_expect(!rf_go_guard_try(guard), 0))
    rf_go_guard_lock_slow(guard);
}

// Touches the guard's memory for the last time in the store: an object may be freed by whoever gets the guard next.
static inline void rf_go_guard_unlock(uint32_t *guard) { __atomic_store_n(guard, GUARD_FREE, __ATOMIC_RELEASE); }

#endif
