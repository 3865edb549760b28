// Atomic operations of compiled code: performed here, under the lock of the location's synchronisation
// object, so that the order of operations and the order of clock transfers are one. While the program is
// serial they are performed and nothing else: every thread to come knows all that happened before it began.
#include "rf_runtime.h"

#define SEQ __ATOMIC_SEQ_CST

// Runs `op` under the location's line and tells the core through `on` (rf_atomic_on_load, ...).
// change: the operation changes the location, so that loads that others know are known no more.
#define ATOMICALLY(p, on, order, site, change, op)                                                                   \
  do {                                                                                                       \
    if (rf_serial) {                                                                                         \
      op;                                                                                                    \
      break;                                                                                                 \
    }                                                                                                        \
    struct rf_self *s = rf_enter();                                                                          \
    if (!s->live || !rf_map_covers((uintptr_t)(p), sizeof *(p))) {                                           \
      op;                                                                                                    \
    } else {                                                                                                 \
      struct rf_line *line = rf_sync_enter((uintptr_t)(p));                                                  \
      if (change)                                                                                            \
        rf_sync_change(line);                                                                                \
      op;                                                                                                    \
      on(&s->t, line, (uintptr_t)(p), sizeof *(p), order, site);                                             \
      rf_sync_leave(line);                                                                                   \
    }                                                                                                        \
    rf_leave(s);                                                                                             \
  } while (0)

// The fast path stays outside: it writes nothing, so that a signal may come at any moment.
static inline bool known(const void *p, size_t n, int order, uint32_t *version) {
  struct rf_self *s = rf_self_ptr;
  return s && s->live && rf_atomic_known(&s->t, (uintptr_t)p, n, order, version);
}

#define RMW(bits, type, name, builtin)                                                                       \
  RF_EXPORT type __rf_atomic##bits##_##name(type *p, type v, int order, const struct rf_site *site) {        \
    type old;                                                                                                \
    ATOMICALLY(p, rf_atomic_on_rmw, order, site, true, old = builtin(p, v, SEQ));                                  \
    return old;                                                                                              \
  }

// A failed compare-exchange is a load with the failure order (C11 7.17.7.4).
#define CAS(bits, type)                                                                                      \
  RF_EXPORT type __rf_atomic##bits##_cas(type *p, type expected, type desired, int success, int failure,     \
                                         const struct rf_site *site) {                                       \
    bool done;                                                                                               \
    type old = expected;                                                                                     \
    if (rf_serial) {                                                                                         \
      __atomic_compare_exchange_n(p, &old, desired, false, SEQ, SEQ);                                        \
      return old;                                                                                            \
    }                                                                                                        \
    struct rf_self *s = rf_enter();                                                                          \
    if (!s->live || !rf_map_covers((uintptr_t)p, sizeof *p)) {                                               \
      __atomic_compare_exchange_n(p, &old, desired, false, SEQ, SEQ);                                        \
    } else {                                                                                                 \
      struct rf_line *line = rf_sync_enter((uintptr_t)p);                                                    \
      rf_sync_change(line);                                                                                  \
      done = __atomic_compare_exchange_n(p, &old, desired, false, SEQ, SEQ);                                 \
      if (done)                                                                                              \
        rf_atomic_on_rmw(&s->t, line, (uintptr_t)p, sizeof *p, success, site);                               \
      else                                                                                                   \
        rf_atomic_on_load(&s->t, line, (uintptr_t)p, sizeof *p, failure, site);                              \
      rf_sync_leave(line);                                                                                   \
    }                                                                                                        \
    rf_leave(s);                                                                                             \
    return old;                                                                                              \
  }

#define ATOMICS(bits, type)                                                                                  \
  RF_EXPORT type __rf_atomic##bits##_load(type *p, int order, const struct rf_site *site) {                  \
    type v;                                                                                                  \
    uint32_t version;                                                                                        \
    if (!rf_serial && known(p, sizeof *p, order, &version)) {                                                \
      v = __atomic_load_n(p, SEQ);                                                                           \
      if (rf_atomic_still(&rf_self_ptr->t, (uintptr_t)p, version))                                           \
        return v;                                                                                            \
    }                                                                                                        \
    ATOMICALLY(p, rf_atomic_on_load, order, site, false, v = __atomic_load_n(p, SEQ));                       \
    return v;                                                                                                \
  }                                                                                                          \
  RF_EXPORT void __rf_atomic##bits##_store(type *p, type v, int order, const struct rf_site *site) {         \
    ATOMICALLY(p, rf_atomic_on_store, order, site, true, __atomic_store_n(p, v, SEQ));                             \
  }                                                                                                          \
  RMW(bits, type, exchange, __atomic_exchange_n)                                                             \
  RMW(bits, type, fetch_add, __atomic_fetch_add)                                                             \
  RMW(bits, type, fetch_sub, __atomic_fetch_sub)                                                             \
  RMW(bits, type, fetch_and, __atomic_fetch_and)                                                             \
  RMW(bits, type, fetch_or, __atomic_fetch_or)                                                               \
  RMW(bits, type, fetch_xor, __atomic_fetch_xor)                                                             \
  RMW(bits, type, fetch_nand, __atomic_fetch_nand)                                                           \
  CAS(bits, type)

ATOMICS(8, uint8_t)
ATOMICS(16, uint16_t)
ATOMICS(32, uint32_t)
ATOMICS(64, uint64_t)
ATOMICS(128, unsigned __int128)

RF_EXPORT void __rf_atomic_fence(int order, const struct rf_site *site) {
  __atomic_thread_fence(SEQ);
  if (rf_serial)
    return;
  struct rf_self *s = rf_enter();
  if (s->live)
    rf_atomic_on_fence(&s->t, order);
  rf_leave(s);
}
