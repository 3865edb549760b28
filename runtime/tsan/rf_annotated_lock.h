// Locks of the program's own making, known by annotations. Edges as for read-write locks: every write-unlock
// -> later locks of either kind; every read-unlock -> later write-locks.
#ifndef RF_ANNOTATED_LOCK_H
#define RF_ANNOTATED_LOCK_H

#include "rf_runtime.h"

// The caller is inside, and s is live.
void rf_annotated_locked(struct rf_self *s, uintptr_t lock, bool exclusive);
void rf_annotated_unlocking(struct rf_self *s, uintptr_t lock, bool exclusive);
// How often the caller holds it.
uint32_t rf_annotated_depth(const struct rf_self *s, uintptr_t lock);

#endif
