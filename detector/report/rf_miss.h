// The nearest miss of a race: the synchronisation of the two threads that came closest to ordering the accesses.
// Invariant: only what the threads are known to have done is told; that the order is missing was found by the clocks.
#ifndef RF_MISS_H
#define RF_MISS_H

#include "rf_model.h"

// Of a model whose sides are built.
void rf_miss_build(struct rf_model *m, const struct rf_race *race, rf_describe_fn *describe);

// Appends the sentence, beginning with a blank; nothing if there is no miss.
struct rf_out;
void rf_miss_put(struct rf_out *o, const struct rf_model *m);

#endif
