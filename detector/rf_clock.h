// Vector clocks: the entries of the first few slots lie in the clock itself, since most programs have no more
// threads at a time, and then an operation touches no other memory. The rest are persistent radix trees: copies are
// O(1), joins skip subtrees that both sides share, so that a thread's clock costs its own path and not the number of
// all others.
// Between the two lie the entries that were set last, of any slots. A thread that goes on meeting the same few others
// finds their entries and its own there and leaves the trees alone, however many threads there are; once they are full
// they go into the tree together.
// There are two trees, of the near slots and of those beyond: few threads that follow a crowd get near slots again, and
// then pay nothing for the height that the crowd's entries need.
// Invariant: a node with more than one reference is never written. Trees say nothing of the first few slots. A recent
// entry is at least what the tree says of its slot.
//
// Entries only grow, so a node made from another one is at least as large in each entry. A *line* is a series of nodes of
// which each was made from the one before, numbered by *rank*: of two nodes of one line the later one is the join of
// both, whatever they hold. So clocks that come from one another by way of a lock, as those of all threads that use it do,
// are joined in as many steps as the tree has levels.
// Where each of many threads hands on what it has heard from its neighbours, lines fork at once. But a thread's own clock
// only grows: of two nodes that it made of one place in *turns* that differ, the later one is the join of both, too.
#ifndef RF_CLOCK_H
#define RF_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

// Leaves are wide, since copying an entry costs a fraction of counting a reference: with up to 64 threads a release
// copies one leaf and counts one reference.
#ifndef RF_CLOCK_LEAF_BITS // tests take less, of both
#define RF_CLOCK_LEAF_BITS 6
#define RF_CLOCK_FAN_BITS 4
#endif
#define RF_CLOCK_LEAF (1u << RF_CLOCK_LEAF_BITS)
#define RF_CLOCK_FAN (1u << RF_CLOCK_FAN_BITS)
#define RF_CLOCK_NEAR (RF_CLOCK_LEAF * RF_CLOCK_FAN) // slots below are near: one inner node has them all

struct rf_clock_node {
  _Alignas(64) _Atomic uint32_t refs;
  uint32_t rank;
  uint64_t line;
  _Atomic uint32_t continued; // the next node of the line has been made
  uint64_t maker, turn;       // struct rf_clock_maker
  // Vectors of entries are aligned as the processor's cache lines are, and the head is on one of its own.
  _Alignas(64) union {
    uint64_t value[RF_CLOCK_LEAF];           // level 0
    struct rf_clock_node *kid[RF_CLOCK_FAN]; // above; owned references, NULL is all zeros
  };
};

#ifndef RF_CLOCK_FEW // tests take less
#define RF_CLOCK_FEW 7u
#define RF_CLOCK_RECENT 10u
#endif
struct rf_clock {
  uint64_t few[RF_CLOCK_FEW];
  struct rf_clock_node *near; // owned reference; NULL is all zeros
  uint8_t near_height;        // levels below the root
  uint8_t far_height;         // 0: there is no far tree, since its root has more than one level below
  uint16_t recents;           // how many of the following count
  uint32_t recent_slot[RF_CLOCK_RECENT];
  uint64_t recent[RF_CLOCK_RECENT];
  struct rf_clock_node *far; // at the end, for the sake of rf_line.h: most clocks have none
};

// Whose clock is changed: a number of its own for each clock that is never anything but what it was or more, and how often
// others may have got it until now. RF_CLOCK_NOBODY: any other clock.
struct rf_clock_maker {
  uint64_t who, turn;
};
#define RF_CLOCK_NOBODY ((struct rf_clock_maker){0, 0})

uint64_t rf_clock_get_deep(const struct rf_clock *c, uint32_t slot);
// One entry.
static inline uint64_t rf_clock_get(const struct rf_clock *c, uint32_t slot) {
  return slot < RF_CLOCK_FEW ? c->few[slot] : rf_clock_get_deep(c, slot);
}
// Sets one entry; value must not be less than the entry's present value.
void rf_clock_set(struct rf_clock *c, uint32_t slot, uint64_t value, struct rf_clock_maker maker);
// dst := maximum of dst and src, entry by entry. False: it was that already.
bool rf_clock_join(struct rf_clock *dst, const struct rf_clock *src, struct rf_clock_maker maker);
// dst := src.
void rf_clock_copy(struct rf_clock *dst, const struct rf_clock *src);
// dst := src; src becomes all zeros.
void rf_clock_move(struct rf_clock *dst, struct rf_clock *src);
void rf_clock_clear(struct rf_clock *c);
// The calling OS thread ends: its idle nodes pass to the others.
void rf_clock_thread_end(void);
void rf_clock_after_fork(void);
// Every entry of a is at most b's.
bool rf_clock_leq(const struct rf_clock *a, const struct rf_clock *b);

#endif
