// The ceiling of what the detector takes: records, clocks, contexts, epochs, and shadow that holds cells. Where it is
// reached, first goes what no later access can race with; then the accesses to some pages are forgotten, told once and
// counted. Invariant: forgetting only drops cells, so that it may hide a race and never invents one.
#ifndef RF_CEILING_H
#define RF_CEILING_H

#include <stdbool.h>
#include <stdint.h>

extern uint64_t rf_ceiling_taken; // bytes
extern uint64_t rf_ceiling_due;   // so many ask for rf_ceiling_enforce(); UINT64_MAX: nothing does

struct rf_ceiling_count {
  uint64_t passes;    // how often the ceiling was reached
  uint64_t forgotten; // pages of shadow (rf_touched.h) whose accesses were given up
};

void rf_ceiling_init(uint64_t bytes); // 0: none
void rf_ceiling_ask(void);
struct rf_ceiling_count rf_ceiling_count(void);

// May be called with locks of the core held.
static inline void rf_ceiling_take(uint64_t bytes) {
  __atomic_fetch_add(&rf_ceiling_taken, bytes, __ATOMIC_RELAXED);
}
static inline void rf_ceiling_give(uint64_t bytes) {
  __atomic_fetch_sub(&rf_ceiling_taken, bytes, __ATOMIC_RELAXED);
}
// The same by a thread that is attached, whom the host can stop the others for.
static inline void rf_ceiling_take_asking(uint64_t bytes) {
  const uint64_t taken = __atomic_add_fetch(&rf_ceiling_taken, bytes, __ATOMIC_RELAXED);
  if (__builtin_expect(taken >= __atomic_load_n(&rf_ceiling_due, __ATOMIC_RELAXED), 0))
    rf_ceiling_ask();
}

// ---- All other threads are outside the core and stay there ----
void rf_ceiling_enforce(void); // does nothing unless it was asked for
// Drops the cells of accesses that happened before whatever any thread does from now on.
void rf_ceiling_drop_known(void);

#endif
