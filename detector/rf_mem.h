// The core's own memory: size classes over pages from the host. Invariant: never touches the program's heap.
#ifndef RF_MEM_H
#define RF_MEM_H

#include <stddef.h>
#include <stdint.h>

// Zeroed memory of at least n bytes, 16-byte aligned. Any thread.
void *rf_mem_alloc(size_t n);
// The block of `bytes` again, with room for `more` of them, the rest zeroed; p goes. NULL: a new one.
void *rf_mem_grow(void *p, size_t bytes, size_t more);
// p came from rf_mem_alloc(n) or rf_mem_grow(..., n) with the same n.
void rf_mem_free(void *p, size_t n);
// Bytes taken from the host so far.
uint64_t rf_mem_mapped(void);
// After fork, in the child: its only thread holds none of the allocator's locks.
void rf_mem_after_fork(void);

#endif
