// Atomic operations of compiled code: performed here, under the lock of the location's synchronisation
// object or in an attempt that knows whether somebody held it, so that the order of operations and the order of clock
// transfers are one. While the program is
// serial they are performed and nothing else: every thread to come knows all that happened before it began.
#include "rf_atomics.h"
#include "rf_runtime.h"

#define SEQ __ATOMIC_SEQ_CST

// How an operation is done: by the program alone, by an attempt without a lock, or under the location's line.
static inline struct rf_self *enter(const void *p, size_t n) {
  struct rf_self *s = rf_enter();
  if (s->live && rf_map_covers((uintptr_t)p, n))
    return s;
  rf_leave(s);
  return NULL;
}

// Runs `op` under the location's line and tells the core through `on` (rf_atomic_on_store, ...).
#define UNDER_LINE(s, p, on, order, site, op)                                                                \
  do {                                                                                                       \
    struct rf_line *line = rf_sync_enter((uintptr_t)(p));                                                    \
    op;                                                                                                      \
    on(&(s)->t, line, (uintptr_t)(p), sizeof *(p), order, site);                                             \
    rf_sync_leave(line);                                                                                     \
  } while (0)

// reads: the operation loads as well.
#define CHANGE(p, on, order, site, reads, op)                                                                \
  do {                                                                                                       \
    struct rf_self *s = rf_serial ? NULL : enter(p, sizeof *(p));                                            \
    struct rf_attempt a;                                                                                     \
    if (!s) {                                                                                                \
      op;                                                                                                    \
      break;                                                                                                 \
    }                                                                                                        \
    if (rf_atomic_change_begin(&s->t, (uintptr_t)(p), order, &a)) {                             \
      op;                                                                                                    \
      rf_atomic_change_end(&s->t, (uintptr_t)(p), sizeof *(p), reads, site, &a);                             \
    } else {                                                                                                 \
      UNDER_LINE(s, p, on, order, site, op);                                                                 \
    }                                                                                                        \
    rf_leave(s);                                                                                             \
  } while (0)

#define RMW(bits, type, name, builtin)                                                                       \
  RF_EXPORT type __rf_atomic##bits##_##name(type *p, type v, int order, const struct rf_site *site) {        \
    type old;                                                                                                \
    CHANGE(p, rf_atomic_on_rmw, order, site, true, old = builtin(p, v, SEQ));                                \
    return old;                                                                                              \
  }

// A failed compare-exchange is a load with the failure order (C11 7.17.7.4).
#define CAS(bits, type)                                                                                      \
  RF_EXPORT type __rf_atomic##bits##_cas(type *p, type expected, type desired, int success, int failure,     \
                                         const struct rf_site *site) {                                       \
    type old = expected;                                                                                     \
    struct rf_self *s = rf_serial ? NULL : enter(p, sizeof *p);                                              \
    if (!s) {                                                                                                \
      __atomic_compare_exchange_n(p, &old, desired, false, SEQ, SEQ);                                        \
      return old;                                                                                            \
    }                                                                                                        \
    struct rf_line *line = rf_sync_enter((uintptr_t)p);                                                      \
    if (__atomic_compare_exchange_n(p, &old, desired, false, SEQ, SEQ))                                      \
      rf_atomic_on_rmw(&s->t, line, (uintptr_t)p, sizeof *p, success, site);                                 \
    else                                                                                                     \
      rf_atomic_on_load(&s->t, line, (uintptr_t)p, sizeof *p, failure, site);                                \
    rf_sync_leave(line);                                                                                     \
    rf_leave(s);                                                                                             \
    return old;                                                                                              \
  }

// Only a sequentially consistent store needs the processor to wait.
#define STORE(p, v, order)                                                                                   \
  do {                                                                                                       \
    if (order == SEQ)                                                                                        \
      __atomic_store_n(p, v, SEQ);                                                                           \
    else                                                                                                     \
      __atomic_store_n(p, v, __ATOMIC_RELEASE);                                                              \
  } while (0)

#define ATOMICS(bits, type)                                                                                  \
  RF_EXPORT type __rf_atomic##bits##_load(type *p, int order, const struct rf_site *site) {                  \
    type v;                                                                                                  \
    struct rf_self *s = rf_serial ? NULL : enter(p, sizeof *p);                                              \
    struct rf_attempt a;                                                                                     \
    if (!s)                                                                                                  \
      return __atomic_load_n(p, SEQ);                                                                        \
    const bool tried = rf_atomic_load_begin(&s->t, (uintptr_t)p, order, &a);                      \
    if (tried)                                                                                               \
      v = __atomic_load_n(p, SEQ);                                                                           \
    if (!tried || !rf_atomic_load_end(&s->t, (uintptr_t)p, sizeof *p, order, site, &a))                      \
      UNDER_LINE(s, p, rf_atomic_on_load, order, site, v = __atomic_load_n(p, SEQ));                         \
    rf_leave(s);                                                                                             \
    return v;                                                                                                \
  }                                                                                                          \
  RF_EXPORT void __rf_atomic##bits##_store(type *p, type v, int order, const struct rf_site *site) {         \
    CHANGE(p, rf_atomic_on_store, order, site, false, STORE(p, v, order));                                   \
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
