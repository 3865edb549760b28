// Vector clocks as persistent radix trees: copies are O(1), joins skip subtrees that both sides share, so
// that a thread's clock costs its own path and not the number of all others.
// Invariant: a node with more than one reference is never written.
#ifndef RF_CLOCK_H
#define RF_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define RF_CLOCK_FAN_BITS 4
#define RF_CLOCK_FAN (1u << RF_CLOCK_FAN_BITS)

struct rf_clock_node {
  union {
    uint64_t value[RF_CLOCK_FAN];            // level 0
    struct rf_clock_node *kid[RF_CLOCK_FAN]; // above; owned references, NULL is all zeros
  };
  _Atomic uint32_t refs;
};

struct rf_clock {
  struct rf_clock_node *root; // owned reference; NULL is the clock of all zeros
  uint32_t height;            // levels below the root; the tree holds 16^(height+1) slots
};

uint64_t rf_clock_get_deep(const struct rf_clock *c, uint32_t slot);
// One entry. Most programs have few threads at a time, and one leaf.
static inline uint64_t rf_clock_get(const struct rf_clock *c, uint32_t slot) {
  if (c->height == 0 && c->root && slot < RF_CLOCK_FAN)
    return c->root->value[slot];
  return rf_clock_get_deep(c, slot);
}
// Sets one entry; value must not be less than the entry's present value.
void rf_clock_set(struct rf_clock *c, uint32_t slot, uint64_t value);
// dst := maximum of dst and src, entry by entry. True if dst changed.
bool rf_clock_join(struct rf_clock *dst, const struct rf_clock *src);
// dst := src.
void rf_clock_copy(struct rf_clock *dst, const struct rf_clock *src);
void rf_clock_clear(struct rf_clock *c);
// The calling OS thread ends: its idle nodes pass to the others.
void rf_clock_thread_end(void);
void rf_clock_after_fork(void);
// Every entry of a is at most b's.
bool rf_clock_leq(const struct rf_clock *a, const struct rf_clock *b);

#endif
