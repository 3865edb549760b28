// The armed timers in order of their time: a binary heap that knows where each of its members is.
#ifndef GO_HEAP_H
#define GO_HEAP_H

#include <stddef.h>
#include <stdint.h>

struct go_heap_entry {
  int64_t when;
  size_t at; // index, the heap's
};

// Empty when zero. The caller guards it.
struct go_heap {
  struct go_heap_entry **entries;
  size_t count, room;
};

void rf_go_heap_add(struct go_heap *h, struct go_heap_entry *e);
// e is in h.
void rf_go_heap_remove(struct go_heap *h, struct go_heap_entry *e);
// The one with the least time; NULL: empty.
static inline struct go_heap_entry *rf_go_heap_first(const struct go_heap *h) {
  return h->count ? h->entries[0] : NULL;
}

#endif
