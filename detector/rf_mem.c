#include "rf_mem.h"

#include "rf_ceiling.h"
#include "rf_lock.h"

#define CLASS_COUNT 12 // 16 bytes to 32 KiB; larger requests are mapped whole
#define CLASS_MAX ((size_t)16 << (CLASS_COUNT - 1))
#define CHUNK_BYTES ((size_t)256 << 10)

struct free_item {
  struct free_item *next;
};

static struct size_class {
  struct rf_lock lock;
  struct free_item *free; // guarded by lock
  char *bump, *end;       // guarded by lock
} classes[CLASS_COUNT];

static _Atomic uint64_t mapped_bytes;

const struct rf_host *rf_host;

static unsigned class_of(size_t n) {
  return n <= 16 ? 0 : 60 - (unsigned)__builtin_clzll(n - 1);
}

static void *map_pages(size_t n) {
  atomic_fetch_add_explicit(&mapped_bytes, n, memory_order_relaxed);
  rf_ceiling_take(n);
  return rf_host->map(n);
}

static size_t whole_pages(size_t n) { return (n + 4095) & ~(size_t)4095; }

void *rf_mem_alloc(size_t n) {
  if (n > CLASS_MAX)
    return map_pages(whole_pages(n));
  struct size_class *c = &classes[class_of(n)];
  const size_t size = (size_t)16 << class_of(n);
  rf_lock_enter(&c->lock);
  struct free_item *item = c->free;
  if (item) {
    c->free = item->next;
    rf_lock_leave(&c->lock);
    __builtin_memset(item, 0, size);
    return item;
  }
  if (c->bump == c->end) {
    c->bump = map_pages(CHUNK_BYTES);
    c->end = c->bump + CHUNK_BYTES;
  }
  void *p = c->bump;
  c->bump += size;
  rf_lock_leave(&c->lock);
  return p;
}

void rf_mem_free(void *p, size_t n) {
  if (n > CLASS_MAX) {
    atomic_fetch_sub_explicit(&mapped_bytes, whole_pages(n), memory_order_relaxed);
    rf_host->unmap(p, whole_pages(n));
    rf_ceiling_give(whole_pages(n));
    return;
  }
  struct size_class *c = &classes[class_of(n)];
  struct free_item *item = p;
  rf_lock_enter(&c->lock);
  item->next = c->free;
  c->free = item;
  rf_lock_leave(&c->lock);
}

void *rf_mem_grow(void *p, size_t bytes, size_t more) {
  void *grown = rf_mem_alloc(more);
  if (!p)
    return grown;
  __builtin_memcpy(grown, p, bytes);
  rf_mem_free(p, bytes);
  return grown;
}

uint64_t rf_mem_mapped(void) { return atomic_load_explicit(&mapped_bytes, memory_order_relaxed); }

void rf_mem_after_fork(void) {
  for (unsigned i = 0; i < CLASS_COUNT; i++)
    atomic_store_explicit(&classes[i].lock.held, 0, memory_order_relaxed);
}
