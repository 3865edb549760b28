#include "rf_over.h"

#include "rf_ceiling.h"
#include "rf_lock.h"

#define CLASSES 25u // the largest has 1 GB, 2^27 cells: more than all threads that there can be have of every kind
#define ARENA_BYTES ((size_t)RF_OVER_UNIT << 30)

char *rf_over_arena;
static struct rf_lock lock;
static uint32_t bump = RF_OVER_LEAST / RF_OVER_UNIT; // in units, guarded by lock; index 0 names no record
static uint32_t free_list[CLASSES]; // guarded by lock; the next index lies in the first cell

void rf_over_init(void) { rf_over_arena = rf_host->map(ARENA_BYTES); }

uint32_t rf_over_new(uint32_t n) {
  uint8_t class_ = 0;
  while (rf_over_capacity(class_) < n)
    class_++;
  rf_lock_enter(&lock);
  uint32_t index = free_list[class_];
  if (index) {
    free_list[class_] = (uint32_t)rf_over_at(index)->cell[0];
  } else {
    index = bump;
    bump += (RF_OVER_LEAST << class_) / RF_OVER_UNIT;
    rf_ceiling_take_asking(RF_OVER_LEAST << class_);
  }
  rf_lock_leave(&lock);
  struct rf_over *r = rf_over_at(index);
  *r = (struct rf_over){.class_ = class_};
  return index;
}

void rf_over_free(uint32_t index) {
  struct rf_over *r = rf_over_at(index);
  rf_lock_enter(&lock);
  r->cell[0] = free_list[r->class_];
  free_list[r->class_] = index;
  rf_lock_leave(&lock);
}

uint32_t rf_over_take(struct rf_over_kept *k) {
  if (!k->count)
    return rf_over_new(1);
  struct rf_over *r = rf_over_at(k->first);
  const uint32_t index = k->first;
  k->first = (uint32_t)r->cell[0];
  k->count--;
  *r = (struct rf_over){0};
  return index;
}

void rf_over_keep(struct rf_over_kept *k, uint32_t index) {
  struct rf_over *r = rf_over_at(index);
  if (r->class_ || k->count == RF_OVER_KEPT) {
    rf_over_free(index);
    return;
  }
  r->cell[0] = k->first;
  k->first = index;
  k->count++;
}

void rf_over_give_up(struct rf_over_kept *k) {
  while (k->count)
    rf_over_free(rf_over_take(k));
}

void rf_over_after_fork(void) { atomic_store_explicit(&lock.held, 0, memory_order_relaxed); }
