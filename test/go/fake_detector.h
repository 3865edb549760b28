// A detector that does nothing but keep vector clocks, as plainly as can be: what it says of order is the
// oracle for the edges that the goroutine library declares.
#ifndef FAKE_DETECTOR_H
#define FAKE_DETECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A moment of one logical thread.
struct moment {
  uint32_t thread;
  uint64_t clock;
};

// Now, in the calling thread.
struct moment fake_now(void);
// Whether that moment happens before now in the calling thread.
bool fake_before(struct moment m);
// Pairs of library accesses (notes) that conflict and are not ordered, found since the last call.
unsigned fake_take_races(void);
// Variables that live in memory of the library's.
int fake_variables(void);
// Locks that the calling thread holds.
int fake_held(void);

#endif
