// What the runtime maps must not count against limits that the program sets itself (intercept/rf_limit_calls.c).
#ifndef RF_LIMIT_H
#define RF_LIMIT_H

#include <stdint.h>

void rf_limit_mapping(uint64_t bytes); // before; takes a lock, calls nothing
void rf_limit_unmapped(uint64_t bytes);

#endif
