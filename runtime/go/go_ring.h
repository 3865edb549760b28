// A carrier's queue of goroutines that are ready: bounded, without locks. Its owner pushes and takes, others take
// half of it at once (as Go's runtime, proc.go, runqget and runqgrab).
// Invariant: places [head, tail) hold goroutines; only the owner moves tail, everyone moves head by compare-and-swap.
#ifndef GO_RING_H
#define GO_RING_H

#include "go_sched.h"

#define GO_RING 256u

struct go_ring {
  uint32_t head;
  uint32_t tail __attribute__((aligned(64)));
  struct goroutine *at[GO_RING];
};

static inline uint32_t rf_go_ring_count(const struct go_ring *r) {
  uint32_t head = __atomic_load_n(&r->head, __ATOMIC_ACQUIRE);
  uint32_t n = __atomic_load_n(&r->tail, __ATOMIC_ACQUIRE) - head;
  return n <= GO_RING ? n : 0; // the head moved in between
}

// Owner only. False: it is full.
static inline bool rf_go_ring_push(struct go_ring *r, struct goroutine *g) {
  uint32_t tail = r->tail;
  if (tail - __atomic_load_n(&r->head, __ATOMIC_ACQUIRE) == GO_RING)
    return false;
  __atomic_store_n(&r->at[tail % GO_RING], g, __ATOMIC_RELAXED);
  // Release: pairs with the acquire in rf_go_ring_count() and rf_go_ring_take_half().
  __atomic_store_n(&r->tail, tail + 1, __ATOMIC_RELEASE);
  return true;
}

static inline bool rf_go_ring_advance(struct go_ring *r, uint32_t *head, uint32_t n) {
  return __atomic_compare_exchange_n(&r->head, head, *head + n, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

// Owner only.
static inline struct goroutine *rf_go_ring_take(struct go_ring *r) {
  uint32_t head = __atomic_load_n(&r->head, __ATOMIC_ACQUIRE);
  while (head != r->tail) {
    struct goroutine *g = __atomic_load_n(&r->at[head % GO_RING], __ATOMIC_RELAXED);
    if (rf_go_ring_advance(r, &head, 1))
      return g;
  }
  return NULL;
}

// Moves half of what is in from, rounded up, to out, which has room for GO_RING / 2. Returns how many.
static inline uint32_t rf_go_ring_take_half(struct go_ring *from, struct goroutine **out) {
  uint32_t head = __atomic_load_n(&from->head, __ATOMIC_ACQUIRE);
  for (;;) {
    uint32_t n = __atomic_load_n(&from->tail, __ATOMIC_ACQUIRE) - head;
    if (n > GO_RING) { // the head has moved since
      head = __atomic_load_n(&from->head, __ATOMIC_ACQUIRE);
      continue;
    }
    n -= n / 2;
    for (uint32_t i = 0; i < n; i++)
      out[i] = __atomic_load_n(&from->at[(head + i) % GO_RING], __ATOMIC_RELAXED);
    if (n == 0 || rf_go_ring_advance(from, &head, n))
      return n;
  }
}

#endif
