// Atomics with the meaning of Go's package sync/atomic, on plain variables of type int32_t, int64_t, uint32_t,
// uint64_t, int, long, size_t... and, but for go_add, pointers. p is evaluated once.
//
// All are sequentially consistent: if an atomic A is observed by an atomic B, A happens before B (Go memory
// model, "Atomic Values"). They are inline, so that the detector sees them as the C11 atomics that they are. A
// variable accessed by them is to be accessed by them only, wherever goroutines may meet.
#ifndef REDFLAG_ATOMIC_H
#define REDFLAG_ATOMIC_H

#include <stdint.h>

// Adds d to *p and returns the new value (C11's atomic_fetch_add returns the old one). Wraps around.
#define go_add(p, d) __atomic_add_fetch((p), (d), __ATOMIC_SEQ_CST)

// Returns *p.
#define go_load(p) __atomic_load_n((p), __ATOMIC_SEQ_CST)

// *p = v.
#define go_store(p, v) __atomic_store_n((p), (v), __ATOMIC_SEQ_CST)

// *p = v; returns what was there.
#define go_swap(p, v) __atomic_exchange_n((p), (v), __ATOMIC_SEQ_CST)

// If *p equals o, *p = n; tells whether it did. Never fails for no reason.
#define go_cas(p, o, n)                                                                                        \
  __extension__({                                                                                              \
    __typeof__(p) go__p = (p);                                                                                 \
    __typeof__(*go__p) go__seen = (o);                                                                         \
    __typeof__(*go__p) go__new = (n);                                                                          \
    go__cas(go__p, go__seen, go__new);                                                                         \
  })
#define go__cas(p, seen, new_value)                                                                            \
  __atomic_compare_exchange_n((p), &(seen), (new_value), 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)

#endif
