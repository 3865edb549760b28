// Memory of the audit. What cannot be had ends the program with one line.
#ifndef RF_AUDIT_MEMORY_H
#define RF_AUDIT_MEMORY_H

#include <stddef.h>

void *audit_alloc(size_t count, size_t size);         // zeroed; never NULL
void *audit_grow(void *p, size_t count, size_t size); // as reallocarray; never NULL
// Room for one more of these in an array that grows by doubling. p: the array, count: how many it holds.
void *audit_more(void *p, size_t count, size_t size);

#endif
