// Epoch ids. An id names one clock value of one logical thread. Ids are given out in blocks of consecutive
// values, small ones first so that short-lived threads waste little, then large ones so that the table
// stays small. Invariant: a block's entry is written before any of its ids can reach a shadow cell.
#ifndef RF_EPOCH_H
#define RF_EPOCH_H

#include "rf_thread.h"

void rf_epoch_init(void);
// Gives t the next block of ids, beginning at t->clock, in t->seg.
void rf_epoch_take(struct rf_thread *t, bool large);

#endif
