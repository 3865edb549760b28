// Out-of-line records of granules that need more than two cells. A record is named by a 30-bit index, so
// that its name and a lock bit fit into a cell. Invariant: a record is read and written only by whoever
// holds the lock bit of the granule that names it.
#ifndef RF_OVER_H
#define RF_OVER_H

#include <stdint.h>

struct rf_over {
  uint32_t count;
  uint32_t class_; // capacity is rf_over_capacity(class_)
  uint64_t cell[];
};

void rf_over_init(void);
// A record with room for at least n cells.
uint32_t rf_over_new(uint32_t n);
void rf_over_free(uint32_t index);
struct rf_over *rf_over_at(uint32_t index);
uint32_t rf_over_capacity(uint32_t class_);
void rf_over_after_fork(void);

#endif
