// A spin lock for short critical sections of the core. Invariant: nobody blocks in the kernel or runs code
// of the program while holding one, and signal handlers are deferred while a thread is inside the core.
#ifndef RF_LOCK_H
#define RF_LOCK_H

#include "rf_host.h"
#include <stdatomic.h>

struct rf_lock {
  _Atomic uint32_t held; // 0 free, 1 held
};

static inline bool rf_lock_try(struct rf_lock *l) {
  // Acquire: pairs with the release in rf_lock_leave().
  return atomic_load_explicit(&l->held, memory_order_relaxed) == 0 &&
         atomic_exchange_explicit(&l->held, 1, memory_order_acquire) == 0;
}

// One turn of a wait loop: spin a little, then let the holder run.
#define RF_SPINS 128u
static inline void rf_pause(unsigned *turns) {
  if (++*turns < RF_SPINS)
    __builtin_ia32_pause();
  else
    rf_host->yield(*turns - RF_SPINS);
}

static inline void rf_lock_enter(struct rf_lock *l) {
  for (unsigned turns = 0; !rf_lock_try(l);)
    rf_pause(&turns);
}

static inline void rf_lock_leave(struct rf_lock *l) {
  atomic_store_explicit(&l->held, 0, memory_order_release);
}

#endif
