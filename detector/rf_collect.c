#include "rf_collect.h"

#include "rf_ceiling.h"
#include "rf_epoch.h"
#include "rf_shadow.h"

static uint32_t round_number;

static void mark_cell(uint64_t cell) { rf_epoch_mark(rf_cell_epoch(cell), round_number); }

static void mark_present(struct rf_thread *t) {
  rf_epoch_mark(t->epoch_first, round_number);
  // A load that is known is known by its epoch's id, which may come back.
  rf_thread_forget_atoms(t);
}

static void mark_parked(struct rf_parked *p, void *unused) {
  (void)unused;
  if (p->epoch_first)
    rf_epoch_mark(p->epoch_first, round_number);
}

void rf_collect(void) {
  rf_ceiling_enforce(); // first, since what it drops needs no epochs
  round_number++;
  const uint64_t pages = rf_shadow_visit(mark_cell);
  rf_thread_each(mark_present);
  rf_parked_each(mark_parked, NULL);
  // Looking at a page costs about as much as a thread with a few epochs: so the one pays for the other.
  rf_epoch_sweep(round_number, pages / 4);
  rf_thread_sweep(round_number);
}
