// Condition variables. Invariant: a waiter is in the queue before it unlocks the mutex, so no signal that comes
// after that is lost.
#include "go_guard.h"
#include "go_queue.h"

#include <redflag/sync.h>

void go_cond_wait(go_cond *c, go_mutex *m) {
  struct go_waiter w;
  rf_go_waiter_init(&w);
  rf_go_guard_lock(&c->guard);
  rf_go_queue_push(&c->queue, &w);
  rf_go_guard_unlock(&c->guard);
  go_unlock(m);
  // go_unlock may not park, so the permit that we find is the signal's.
  rf_go_park(GO_WAIT_COND);
  __rf_acquire(&w.g->clock);
  go_lock(m);
}

// A clock of the waiter's own: a signal is ordered with the goroutine that it wakes and with no other.
static void hand_clock(struct go_waiter *w) { __rf_release_store(&w->g->clock); }

void go_cond_signal(go_cond *c) {
  rf_go_guard_lock(&c->guard);
  struct go_waiter *w = rf_go_queue_pop(&c->queue);
  rf_go_guard_unlock(&c->guard);
  if (!w)
    return;
  hand_clock(w);
  rf_go_unpark(w->g);
}

void go_cond_broadcast(go_cond *c) {
  rf_go_guard_lock(&c->guard);
  struct go_waiter *list = rf_go_queue_take(&c->queue);
  rf_go_guard_unlock(&c->guard);
  for (struct go_waiter *w = list; w; w = w->next)
    hand_clock(w);
  rf_go_queue_wake_all(list);
}
