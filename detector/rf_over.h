// Out-of-line records of granules that need more than two cells. A record is named by a 30-bit index, so
// that its name and a lock bit fit into a cell. Invariant: a record is read and written only by whoever
// holds the lock bit of the granule that names it.
#ifndef RF_OVER_H
#define RF_OVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rf_over {
  uint32_t count;
  uint8_t class_;    // capacity is rf_over_capacity(class_)
  uint8_t reluctant : 7; // how often a remote of it was taken back (rf_remote.h)
  bool sorted : 1;       // as rf_readers.h tells
  uint16_t renewed;  // how often a thread's cell gave way to a newer one of the same thread
  uint64_t cell[];
};
#define RF_OVER_LEAST 64u // bytes of the least class; records lie on such boundaries

void rf_over_init(void);
// A record with room for at least n cells.
uint32_t rf_over_new(uint32_t n);
void rf_over_free(uint32_t index);
#define RF_OVER_UNIT 16u

// Records of the least class that a thread gave up, for itself: they lie in its processor's cache, and need no lock.
#define RF_OVER_KEPT 64u
struct rf_over_kept {
  uint32_t first, count;
};
uint32_t rf_over_take(struct rf_over_kept *k);
void rf_over_keep(struct rf_over_kept *k, uint32_t index); // of any class
void rf_over_give_up(struct rf_over_kept *k);              // all of them

extern char *rf_over_arena;
static inline struct rf_over *rf_over_at(uint32_t index) {
  return (struct rf_over *)(rf_over_arena + (size_t)index * RF_OVER_UNIT);
}
static inline uint32_t rf_over_index(const struct rf_over *r) {
  return (uint32_t)(((uintptr_t)r - (uintptr_t)rf_over_arena) / RF_OVER_UNIT);
}
static inline uint32_t rf_over_capacity(uint32_t class_) {
  return ((RF_OVER_LEAST << class_) - (uint32_t)sizeof(struct rf_over)) / sizeof(uint64_t);
}
void rf_over_after_fork(void);

#endif
