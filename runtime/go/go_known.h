// Objects need no initialisation, so the library notices itself that an object is new: all zero. What the
// detector remembers of an earlier object at the same address is forgotten then, or it would order too much.
#ifndef GO_KNOWN_H
#define GO_KNOWN_H

#include "go_edges.h"

#include "go_os.h"

#ifndef GO_STANDALONE
enum { UNKNOWN, BEING_TOLD, KNOWN };

static __attribute__((noinline, unused)) void rf_go_known_slow(uint32_t *known, const void *object,
                                                               size_t bytes) {
  uint32_t expected = UNKNOWN;
  if (__atomic_compare_exchange_n(known, &expected, BEING_TOLD, false, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)) {
    __rf_sync_forget(object, bytes);
    // Release: pairs with the acquire loads here, so that nobody's edge is forgotten.
    __atomic_store_n(known, KNOWN, __ATOMIC_RELEASE);
  }
  while (__atomic_load_n(known, __ATOMIC_ACQUIRE) != KNOWN)
    rf_go_os_yield();
}

static inline void rf_go_known(uint32_t *known, const void *object, size_t bytes) {
  if (__builtin_expect(__atomic_load_n(known, __ATOMIC_ACQUIRE) != KNOWN, 0))
    rf_go_known_slow(known, object, bytes);
}

#define GO_KNOWN(object) rf_go_known(&(object)->known, (object), sizeof *(object))
#else
#define GO_KNOWN(object) ((void)(object))
#endif

#endif
