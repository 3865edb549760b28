#include "rf_benign.h"

#include "rf_mem.h"
#include <stdatomic.h>

struct range {
  uintptr_t from, to;
  struct range *next;
};

// Only grows: a range is complete before it is published, so that readers need no lock.
static _Atomic(struct range *) ranges;
static _Atomic bool everything;

bool rf_benign_covers(uintptr_t addr, size_t size) {
  if (atomic_load_explicit(&everything, memory_order_relaxed))
    return true;
  for (const struct range *r = atomic_load_explicit(&ranges, memory_order_acquire); r; r = r->next)
    if (addr < r->to && addr + size > r->from)
      return true;
  return false;
}

static bool known(uintptr_t from, uintptr_t to) {
  for (const struct range *r = atomic_load_explicit(&ranges, memory_order_acquire); r; r = r->next)
    if (r->from <= from && to <= r->to)
      return true;
  return false;
}

void rf_benign_add(uintptr_t addr, size_t size) {
  if (!size || known(addr, addr + size))
    return;
  struct range *r = rf_mem_alloc(sizeof *r);
  *r = (struct range){addr, addr + size, atomic_load_explicit(&ranges, memory_order_relaxed)};
  while (!atomic_compare_exchange_weak_explicit(&ranges, &r->next, r, memory_order_release, memory_order_relaxed))
    ;
}

void rf_benign_all(bool all) { atomic_store_explicit(&everything, all, memory_order_relaxed); }
