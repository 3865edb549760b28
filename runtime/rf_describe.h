// Names of the program's memory, for reports.
#ifndef RF_DESCRIBE_H
#define RF_DESCRIBE_H

#include "rf_model.h"
#include "rf_runtime.h"

// Fills what is known of addr; leaves the kind unknown otherwise. Caller holds the report lock.
void rf_describe(uintptr_t addr, struct rf_model_memory *out);

// The variable in the goroutine library's memory that holds addr, where it starts and who declared it; NULL: none.
const struct rf_var *rf_variable_find(uintptr_t addr, uintptr_t *start, uint32_t *owner);

#endif
