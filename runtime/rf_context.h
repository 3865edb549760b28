// Shadow call stacks of contexts (intercept/rf_context_calls.c).
#ifndef RF_CONTEXT_H
#define RF_CONTEXT_H

#include "rf_runtime.h"

#include <stdatomic.h>

extern _Atomic uint32_t rf_context_count;
void rf_contexts_forget(uintptr_t from, size_t size);
void rf_context_jumping(uintptr_t sp);

// The memory is given back, and stacks in it.
static inline void rf_context_memory_gone(uintptr_t from, size_t size) {
  if (RF_UNLIKELY(atomic_load_explicit(&rf_context_count, memory_order_relaxed)))
    rf_contexts_forget(from, size);
}

#endif
