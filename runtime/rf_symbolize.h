// Functions and lines for addresses of code, and names for addresses of data, where the compiler left no
// tables of ours: from the ELF symbol tables, and from an external symbolizer when there is one. All of it
// happens under the report lock.
#ifndef RF_SYMBOLIZE_H
#define RF_SYMBOLIZE_H

#include "rf_model.h"

// rf_pc_frames_fn. A site that has not been looked up yet is put on the list of the wanted, and has no frames.
size_t rf_symbolize_frames(const struct rf_site *site, struct rf_model_frame *out, size_t max);
bool rf_symbolize_wants(void);
// Looks up all that are wanted, in one run of the external symbolizer.
void rf_symbolize_wanted(void);

// The variable at addr, by the symbol table of its module.
bool rf_symbolize_object(uintptr_t addr, const char **name, uintptr_t *start, size_t *size);

#endif
