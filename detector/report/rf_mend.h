// What the reader of a report can do about it.
#ifndef RF_MEND_H
#define RF_MEND_H

#include "rf_model.h"

// Writes the advice that fits the race; m is complete but for it. Names only what m knows.
void rf_mend(struct rf_text *out, const struct rf_model *m);

// The lock that both sides held, which can only be for reading; NULL: none, or not known.
const struct rf_model_lock *rf_model_common_lock(const struct rf_model *m);

#endif
