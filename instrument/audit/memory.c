#include "memory.h"

#include <stdio.h>
#include <stdlib.h>

static _Noreturn void none_left(void) {
  fputs("redflag: out of memory\n", stderr);
  exit(1);
}

void *audit_alloc(size_t count, size_t size) {
  void *p = calloc(count ? count : 1, size);
  if (!p)
    none_left();
  return p;
}

void *audit_grow(void *p, size_t count, size_t size) {
  p = reallocarray(p, count ? count : 1, size);
  if (!p)
    none_left();
  return p;
}

void *audit_more(void *p, size_t count, size_t size) {
  if (count & (count - 1) || (count && count < 16)) // room is left until the next power of two, from 16 on
    return p;
  return audit_grow(p, count ? count * 2 : 16, size);
}
