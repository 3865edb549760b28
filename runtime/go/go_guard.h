// The lock inside every object of the library: 32 bits, unlocked when zero, sleeps on a futex. The detector
// does not know it, so it orders nothing in the program.
// Invariant: held for a few dozen instructions, never across a park.
#ifndef GO_GUARD_H
#define GO_GUARD_H

#include "go_os.h"

enum { GUARD_FREE, GUARD_HELD, GUARD_CONTENDED };

void rf_go_guard_lock_slow(uint32_t *guard);

// Takes the guard if it is free. Acquire: pairs with the release in rf_go_guard_unlock().
static inline bool rf_go_guard_try(uint32_t *guard) {
  uint32_t expected = GUARD_FREE;
  return __atomic_compare_exchange_n(guard, &expected, GUARD_HELD, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static inline void rf_go_guard_lock(uint32_t *guard) {
  if (!rf_go_guard_try(guard))
    rf_go_guard_lock_slow(guard);
}

// Touches the guard's memory for the last time in the exchange: an object may be freed by whoever gets the
// guard next.
static inline void rf_go_guard_unlock(uint32_t *guard) {
  if (__atomic_exchange_n(guard, GUARD_FREE, __ATOMIC_RELEASE) == GUARD_CONTENDED)
    rf_go_futex_wake(guard, 1);
}

#endif
