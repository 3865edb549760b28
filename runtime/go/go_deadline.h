// What is to happen at a time, in one heap: waits that end, timers that fire. The monitor looks after it.
#ifndef GO_DEADLINE_H
#define GO_DEADLINE_H

#include "go_heap.h"

#include <stdbool.h>

// Lies in its owner: on the stack of a goroutine that waits, in a timer.
struct go_deadline {
  struct go_heap_entry entry; // first
  // On the monitor, when the time has come: d is out of the heap, and the deadlines are locked. Unlocks them before it
  // does anything that takes time. now: when the monitor began to look.
  void (*due)(struct go_deadline *d, int64_t now);
  bool armed; // guarded by the lock: it is in the heap
};

void rf_go_deadline_lock(void);
void rf_go_deadline_unlock(void);
// Locked. d is not armed, its time and due are set. Whoever arms one tells the monitor when it has unlocked
// (rf_go_monitor_deadline).
void rf_go_deadline_arm(struct go_deadline *d);
// Locked. Does nothing to one that is not armed.
void rf_go_deadline_disarm(struct go_deadline *d);

// All of it for one that is armed for as long as its owner waits. Afterwards nobody has d any more.
void rf_go_deadline_add(struct go_deadline *d);
void rf_go_deadline_remove(struct go_deadline *d);

// Handles the first if its time has come. False: none is due; *next is when one will be, INT64_MAX for never.
bool rf_go_deadline_expire(int64_t now, int64_t *next);
bool rf_go_deadline_any(void);
void rf_go_deadline_after_fork(void);

#endif
