// Races that the program says are meant: ranges of memory, or all for a while.
#ifndef RF_BENIGN_H
#define RF_BENIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void rf_benign_add(uintptr_t addr, size_t size);
void rf_benign_all(bool all);
// A race whose bytes in common begin at addr.
bool rf_benign_covers(uintptr_t addr, size_t size);

#endif
