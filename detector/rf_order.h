// Lock order: finds cycles of locks that different threads took in different orders and could have waited for
// each other in, though this time they did not (Havelund's Goodlock, generalised by Joshi and others to cycles of
// any length as lock dependencies).
//
// A *dependency* is (held, wanted, thread): a thread was about to wait for `wanted` while holding `held`. The sets
// of held locks are paths of a tree whose nodes add one lock each, so a node is a dependency and costs the same
// however many locks are held. A *cycle* is a chain of dependencies in which each wants a lock that the next one
// holds, the threads are all different, and no two hold a common lock (a gate would keep them apart; two
// readers of one read-write lock are not kept apart, and do not wait for each other).
//
// What happened in one parallel phase of the program cannot meet what happens in another, since all threads were
// joined in between.
#ifndef RF_ORDER_H
#define RF_ORDER_H

#include "rf_thread.h"

#define RF_ORDER_CYCLE_MAX 12

// One dependency of a cycle.
struct rf_order_edge {
  uintptr_t wanted, held; // held: the lock that the previous dependency wants
  const char *wanted_kind, *held_kind;
  rf_place wanted_at, held_at;
};

struct rf_order_cycle {
  uint32_t count;
  struct rf_order_edge edge[RF_ORDER_CYCLE_MAX];
};

// t takes a lock that it does not hold yet, before it enters it into its held locks. may_wait: it could have had
// to wait for ever (a try or a timed lock could not). True: it closes a cycle, which is written to *cycle.
bool rf_order_take(struct rf_thread *t, uintptr_t lock, const char *kind, bool exclusive, bool may_wait,
                   struct rf_order_cycle *cycle);
// The locks in [addr, addr + size) are gone.
void rf_order_forget(uintptr_t addr, size_t size);
// Another parallel phase begins.
void rf_order_phase(void);
void rf_order_after_fork(void);

#endif
