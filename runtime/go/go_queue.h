// Goroutines that wait in an object's queue. Invariant: a waiter lives on the stack of the goroutine that
// waits, and is in a queue exactly while `queued`, which its object's guard protects.
#ifndef GO_QUEUE_H
#define GO_QUEUE_H

#include "go_sched.h"

#include <redflag/sync.h>

struct go_waiter {
  struct go_waiter *next, *prev;
  struct goroutine *g;
  bool queued;
  bool granted;    // set by who woke us: we have what we waited for and need not try again
  void *elem;      // channels: the value to send or the room for one
  uint32_t *claim; // select: 0 until one of its cases is chosen, then that case's index + 1
  uint32_t index;  // select: which case
  bool reader;     // reader-writer mutex
};

static inline void rf_go_waiter_init(struct go_waiter *w) {
  w->g = rf_go_self();
  w->queued = false;
  w->granted = false;
  w->elem = NULL;
  w->claim = NULL;
}

static inline void rf_go_queue_push(struct go_queue *q, struct go_waiter *w) {
  w->next = NULL;
  w->prev = q->last;
  *(q->last ? &q->last->next : &q->first) = w;
  q->last = w;
  w->queued = true;
}

// For one that has been woken in vain and keeps its place.
static inline void rf_go_queue_push_front(struct go_queue *q, struct go_waiter *w) {
  w->prev = NULL;
  w->next = q->first;
  *(q->first ? &q->first->prev : &q->last) = w;
  q->first = w;
  w->queued = true;
}

static inline void rf_go_queue_remove(struct go_queue *q, struct go_waiter *w) {
  *(w->prev ? &w->prev->next : &q->first) = w->next;
  *(w->next ? &w->next->prev : &q->last) = w->prev;
  w->queued = false;
}

static inline struct go_waiter *rf_go_queue_pop(struct go_queue *q) {
  struct go_waiter *w = q->first;
  if (w)
    rf_go_queue_remove(q, w);
  return w;
}

// Wakes all of a list that was taken out of its queue. A waiter is gone once it is woken, so look ahead.
static inline void rf_go_queue_wake_all(struct go_waiter *w) {
  while (w) {
    struct go_waiter *next = w->next;
    rf_go_unpark(w->g);
    w = next;
  }
}

// Takes the whole list.
static inline struct go_waiter *rf_go_queue_take(struct go_queue *q) {
  struct go_waiter *w = q->first;
  q->first = q->last = NULL;
  return w;
}

#endif
