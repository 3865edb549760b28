// All goroutines that a report can name: those that were started, and main and foreign threads while they are parked.
// The record of a goroutine that has ended stays on the list for the next one.
#ifndef GO_LIST_H
#define GO_LIST_H

#include "go_sched.h"

void rf_go_list_add(struct goroutine *g);
void rf_go_list_remove(struct goroutine *g);

// What reports show of a goroutine, as it was at one moment.
struct go_view {
  const struct goroutine *g;
  uint64_t id;
  enum go_wait why;
  const char *name;
  uint64_t parent;
  const char *parent_name;
  const struct rf_site *site;
};
// Of one that cannot end meanwhile, be it because it is the caller's.
struct go_view rf_go_view(const struct goroutine *g);
typedef void rf_go_visit(const struct go_view *v, void *context);

// Of one that is on the list and was started by the library. reuse: its record, which has ended, is about to become
// another's, with another id.
void rf_go_list_reuse(void);
void rf_go_list_begun(struct goroutine *g);
void rf_go_list_ended(struct goroutine *g);
// Calls visit for each, main first, while the list is locked.
void rf_go_list_each(rf_go_visit *visit, void *context);
// The same, and for main and self, who is the caller, though they are not parked.
void rf_go_list_everyone(const struct goroutine *self, rf_go_visit *visit, void *context);

// For signal handlers. call_when_left: true if the interrupted thread is at the list at this moment; it will
// call f when it has left. everyone_soon: false if the list could not be had for that many nanoseconds.
bool rf_go_list_call_when_left(void (*f)(void));
bool rf_go_list_everyone_soon(int64_t patience, rf_go_visit *visit, void *context);

// Goroutines that were started by the library and have not ended.
uint64_t rf_go_list_count(void);

#endif
