// All goroutines that a report can name: those that were started, and main
// and foreign threads while they are parked.
#ifndef GO_LIST_H
#define GO_LIST_H

#include "go_sched.h"

void rf_go_list_add(struct goroutine *g);
void rf_go_list_remove(struct goroutine *g);
// Calls visit for each, main first, then in order of birth, while the list is locked.
void rf_go_list_each(void (*visit)(const struct goroutine *g));
// Goroutines on the list that were started by the library.
uint64_t rf_go_list_count(void);

#endif
