// The library's own memory: size-class free lists over mmap. The program's malloc may be intercepted,
// replaced or in use by the interrupted caller, so the library never calls it.
#ifndef GO_MEM_H
#define GO_MEM_H

#include <stddef.h>

// bytes of uninitialised memory, aligned to 64. Does not fail: ends the program when there is none.
void *rf_go_mem_alloc(size_t bytes);
// p came from rf_go_mem_alloc(bytes) with the same bytes.
void rf_go_mem_free(void *p, size_t bytes);

void rf_go_mem_copy(void *dst, const void *src, size_t n);
void rf_go_mem_zero(void *dst, size_t n);

#endif
