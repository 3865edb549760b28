// All goroutines that a report can name: those that were started, and main and foreign threads while they are parked.
// The record of a goroutine that has ended stays on the list for the next one.
#ifndef GO_LIST_H
#define GO_LIST_H

#include "go_sched.h"

void rf_go_list_add(struct goroutine *g);
void rf_go_list_remove(struct goroutine *g);
// Of one that is on the list and was started by the library.
void rf_go_list_begun(struct goroutine *g);
void rf_go_list_ended(struct goroutine *g);
// Calls visit for each, main first, while the list is locked.
void rf_go_list_each(void (*visit)(const struct goroutine *g));
// Goroutines that were started by the library and have not ended.
uint64_t rf_go_list_count(void);

#endif
