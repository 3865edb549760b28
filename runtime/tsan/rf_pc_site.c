#include "rf_pc_site.h"

#include "rf_mem.h"

#include <stdatomic.h>

#define BUCKET_BITS 16
static _Atomic(struct rf_pc_site *) buckets[1u << BUCKET_BITS];

static struct rf_pc_site *find(struct rf_pc_site *s, uintptr_t pc) {
  while (s && s->pc != pc)
    s = s->next;
  return s;
}

__attribute__((noinline)) static const struct rf_site *add(_Atomic(struct rf_pc_site *) *bucket, uintptr_t pc,
                                                           uint8_t size) {
  struct rf_pc_site *fresh = rf_mem_alloc(sizeof *fresh);
  fresh->site.kind = RF_SITE_PC;
  fresh->site.size = size;
  fresh->pc = pc;
  struct rf_pc_site *head = atomic_load_explicit(bucket, memory_order_acquire);
  for (;;) {
    struct rf_pc_site *other = find(head, pc);
    if (other) {
      rf_mem_free(fresh, sizeof *fresh);
      return &other->site;
    }
    fresh->next = head;
    // Release: whoever finds the site finds it complete.
    if (atomic_compare_exchange_weak_explicit(bucket, &head, fresh, memory_order_release, memory_order_acquire))
      return &fresh->site;
  }
}

const struct rf_site *rf_pc_site(uintptr_t pc, uint8_t size) {
  _Atomic(struct rf_pc_site *) *bucket = &buckets[(pc * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - BUCKET_BITS)];
  struct rf_pc_site *s = find(atomic_load_explicit(bucket, memory_order_acquire), pc);
  return s ? &s->site : add(bucket, pc, size);
}
