// Goroutines that wait until a time, in a heap. The monitor looks after it.
#ifndef GO_DEADLINE_H
#define GO_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

struct goroutine;

// One wait, on the stack of the goroutine that waits.
struct go_deadline {
  int64_t when;
  struct goroutine *g;
  uint32_t at; // place in the heap plus 1, 0: not in it; guarded by the heap's guard
};

void rf_go_deadline_add(struct go_deadline *d);
// Afterwards nobody has d any more.
void rf_go_deadline_remove(struct go_deadline *d);
// Takes the first if its time has come, and calls expire with the heap locked. False: none is due; *next is when one
// will be, INT64_MAX for never.
bool rf_go_deadline_expire(int64_t now, void (*expire)(struct goroutine *g), int64_t *next);
bool rf_go_deadline_any(void);
void rf_go_deadline_after_fork(void);

#endif
