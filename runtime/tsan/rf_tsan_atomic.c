// Atomic operations: those of rf_atomic.c, with a site for the return address.
#include "rf_tsan.h"

typedef unsigned __int128 uint128;

// The low bits are C11's memory_order; gcc may add hints for hardware lock elision above them.
#define ORDER(order) ((order) & 7)
#define SITE(bytes) (rf_serial ? NULL : rf_pc_site(RF_CALLER_PC, bytes))

#define RMW(bits, type, name)                                                                                \
  type __rf_atomic##bits##_##name(type *, type, int, const struct rf_site *);                                \
  RF_EXPORT type __tsan_atomic##bits##_##name(type *p, type v, int order) {                                  \
    return __rf_atomic##bits##_##name(p, v, ORDER(order), SITE(bits / 8));                                   \
  }

#define CAS_BOOL(bits, type, name)                                                                           \
  RF_EXPORT int __tsan_atomic##bits##_compare_exchange_##name(type *p, type *expected, type v, int success,  \
                                                              int failure) {                                 \
    const type wanted = *expected;                                                                           \
    const type old =                                                                                         \
        __rf_atomic##bits##_cas(p, wanted, v, ORDER(success), ORDER(failure), SITE(bits / 8));               \
    if (old == wanted)                                                                                       \
      return 1;                                                                                              \
    *expected = old;                                                                                         \
    return 0;                                                                                                \
  }

#define ATOMICS(bits, type)                                                                                  \
  type __rf_atomic##bits##_load(type *, int, const struct rf_site *);                                        \
  void __rf_atomic##bits##_store(type *, type, int, const struct rf_site *);                                 \
  type __rf_atomic##bits##_cas(type *, type, type, int, int, const struct rf_site *);                        \
  RF_EXPORT type __tsan_atomic##bits##_load(const type *p, int order) {                                      \
    return __rf_atomic##bits##_load((type *)p, ORDER(order), SITE(bits / 8));                                \
  }                                                                                                          \
  RF_EXPORT void __tsan_atomic##bits##_store(type *p, type v, int order) {                                   \
    __rf_atomic##bits##_store(p, v, ORDER(order), SITE(bits / 8));                                           \
  }                                                                                                          \
  RMW(bits, type, exchange)                                                                                  \
  RMW(bits, type, fetch_add)                                                                                 \
  RMW(bits, type, fetch_sub)                                                                                 \
  RMW(bits, type, fetch_and)                                                                                 \
  RMW(bits, type, fetch_or)                                                                                  \
  RMW(bits, type, fetch_xor)                                                                                 \
  RMW(bits, type, fetch_nand)                                                                                \
  CAS_BOOL(bits, type, strong)                                                                               \
  CAS_BOOL(bits, type, weak)                                                                                 \
  RF_EXPORT type __tsan_atomic##bits##_compare_exchange_val(type *p, type wanted, type v, int success,       \
                                                            int failure) {                                   \
    return __rf_atomic##bits##_cas(p, wanted, v, ORDER(success), ORDER(failure), SITE(bits / 8));            \
  }

ATOMICS(8, uint8_t)
ATOMICS(16, uint16_t)
ATOMICS(32, uint32_t)
ATOMICS(64, uint64_t)
ATOMICS(128, uint128)

void __rf_atomic_fence(int order, const struct rf_site *site);
RF_EXPORT void __tsan_atomic_thread_fence(int order) { __rf_atomic_fence(ORDER(order), SITE(0)); }
// Orders a thread against its own signal handlers only, and those count as the thread.
RF_EXPORT void __tsan_atomic_signal_fence(int order) { (void)order; }
