// Size classes are powers of two from 64 bytes to 64 KB; each has a free list under its own guard. Larger
// blocks are mapped one by one.
// Invariant: a block is on at most one free list, that of the class its size rounds up to.
#include "go_mem.h"

#include "go_fatal.h"
#include "go_fork.h"
#include "go_guard.h"

#include <stdint.h>

#define MIN_SHIFT 6
#define MAX_SHIFT 16
#define CHUNK (UINT64_C(1) << 18) // mapped at once for a class
#define CACHE_LINE 64

struct block {
  struct block *next;
};

struct size_class {
  uint32_t guard;
  struct block *free; // guarded by guard
  char *fresh;        // guarded by guard: not yet handed out, up to fresh_end
  char *fresh_end;
} __attribute__((aligned(CACHE_LINE)));

static struct size_class classes[MAX_SHIFT + 1];

static unsigned class_of(size_t bytes) {
  if (bytes <= (1u << MIN_SHIFT))
    return MIN_SHIFT;
  return 64 - (unsigned)__builtin_clzll(bytes - 1);
}

static void *map_or_die(size_t bytes) {
  void *p = rf_go_os_map(bytes);
  if (!p)
    rf_go_fatal("runtime: out of memory");
  return p;
}

static void *carve(struct size_class *c, size_t size) {
  if (c->fresh == c->fresh_end) {
    c->fresh = map_or_die(CHUNK);
    c->fresh_end = c->fresh + CHUNK;
  }
  void *p = c->fresh;
  c->fresh += size;
  return p;
}

void *rf_go_mem_alloc(size_t bytes) {
  unsigned shift = class_of(bytes);
  if (shift > MAX_SHIFT)
    return map_or_die(bytes);
  struct size_class *c = &classes[shift];
  rf_go_guard_lock(&c->guard);
  struct block *b = c->free;
  if (b)
    c->free = b->next;
  else
    b = carve(c, (size_t)1 << shift);
  rf_go_guard_unlock(&c->guard);
  return b;
}

void rf_go_mem_free(void *p, size_t bytes) {
  unsigned shift = class_of(bytes);
  if (shift > MAX_SHIFT) {
    rf_go_os_unmap(p, bytes);
    return;
  }
  struct size_class *c = &classes[shift];
  struct block *b = p;
  rf_go_guard_lock(&c->guard);
  b->next = c->free;
  c->free = b;
  rf_go_guard_unlock(&c->guard);
}

// A list that somebody was changing cannot be trusted; what was on it is lost.
static void repair(struct size_class *c) {
  if (c->guard == GUARD_FREE)
    return;
  c->free = NULL;
  c->fresh = c->fresh_end = NULL;
  c->guard = GUARD_FREE;
}

void rf_go_mem_after_fork(void) {
  for (unsigned i = MIN_SHIFT; i <= MAX_SHIFT; i++)
    repair(&classes[i]);
}

// Built with -fno-builtin, so that these loops do not become calls of the functions they replace.
void rf_go_mem_copy(void *dst, const void *src, size_t n) {
  char *d = dst;
  const char *s = src;
  for (; n >= 8; n -= 8, d += 8, s += 8)
    __builtin_memcpy_inline(d, s, 8);
  for (; n > 0; n--)
    *d++ = *s++;
}

void rf_go_mem_zero(void *dst, size_t n) {
  char *d = dst;
  for (; n >= 8; n -= 8, d += 8)
    __builtin_memset_inline(d, 0, 8);
  for (; n > 0; n--)
    *d++ = 0;
}
