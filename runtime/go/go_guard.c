// The slow path of the library's internal lock.
#include "go_guard.h"

#define SPINS 100 // about the time for which a guard is held, if its holder is running
#define SLEEP_NS INT64_C(20000) // and what the kernel adds: by then the holder may be running again

void rf_go_guard_lock_slow(uint32_t *guard) {
  for (int tries = 0;; tries++) {
    if (tries < SPINS)
      rf_go_cpu_relax();
    else
      rf_go_os_sleep_until(rf_go_os_now() + SLEEP_NS);
    if (__atomic_load_n(guard, __ATOMIC_RELAXED) == GUARD_FREE && rf_go_guard_try(guard))
      return;
  }
}
