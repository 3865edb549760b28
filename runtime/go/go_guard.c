// The slow path of the library's internal lock: spin briefly, then sleep.
#include "go_guard.h"

#define SPINS 40 // about the time for which a guard is held, if its holder is running

void rf_go_guard_lock_slow(uint32_t *guard) {
  for (int i = 0; i < SPINS; i++) {
    uint32_t expected = GUARD_FREE;
    rf_go_cpu_relax();
    if (__atomic_load_n(guard, __ATOMIC_RELAXED) == GUARD_FREE &&
        __atomic_compare_exchange_n(guard, &expected, GUARD_HELD, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
      return;
  }
  // Whoever has slept takes it as CONTENDED, since there may be other sleepers.
  while (__atomic_exchange_n(guard, GUARD_CONTENDED, __ATOMIC_ACQUIRE) != GUARD_FREE)
    rf_go_futex_wait(guard, GUARD_CONTENDED, -1);
}
