// Vector clocks as persistent radix trees: copies are O(1), joins skip subtrees that both sides share, so
// that a thread's clock costs its own path and not the number of all others.
// Invariant: a node with more than one reference is never written.
#ifndef RF_CLOCK_H
#define RF_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct rf_clock_node;

struct rf_clock {
  struct rf_clock_node *root; // owned reference; NULL is the clock of all zeros
  uint32_t height;            // levels below the root; the tree holds 16^(height+1) slots
};

uint64_t rf_clock_get(const struct rf_clock *c, uint32_t slot);
// Sets one entry; value must not be less than the entry's present value.
void rf_clock_set(struct rf_clock *c, uint32_t slot, uint64_t value);
// dst := maximum of dst and src, entry by entry. True if dst changed.
bool rf_clock_join(struct rf_clock *dst, const struct rf_clock *src);
// dst := src.
void rf_clock_copy(struct rf_clock *dst, const struct rf_clock *src);
void rf_clock_clear(struct rf_clock *c);
// Every entry of a is at most b's.
bool rf_clock_leq(const struct rf_clock *a, const struct rf_clock *b);

#endif
