// Invariant: entries[i]->at == i, and no entry is due before its parent (i - 1) / 2.
#include "go_heap.h"

#include "go_mem.h"

#include <stdbool.h>

#define FIRST_ROOM 64

static void grow(struct go_heap *h) {
  size_t room = h->room ? h->room * 2 : FIRST_ROOM;
  struct go_heap_entry **entries = rf_go_mem_alloc(room * sizeof(void *));
  rf_go_mem_copy(entries, h->entries, h->count * sizeof(void *));
  if (h->room)
    rf_go_mem_free(h->entries, h->room * sizeof(void *));
  h->entries = entries;
  h->room = room;
}

static void place(struct go_heap *h, size_t at, struct go_heap_entry *e) {
  h->entries[at] = e;
  e->at = at;
}

static void rise(struct go_heap *h, size_t at, struct go_heap_entry *e) {
  for (size_t up; at > 0 && h->entries[up = (at - 1) / 2]->when > e->when; at = up)
    place(h, at, h->entries[up]);
  place(h, at, e);
}

static void sink(struct go_heap *h, size_t at, struct go_heap_entry *e) {
  for (;;) {
    size_t down = 2 * at + 1;
    if (down + 1 < h->count && h->entries[down + 1]->when < h->entries[down]->when)
      down++;
    if (down >= h->count || h->entries[down]->when >= e->when)
      break;
    place(h, at, h->entries[down]);
    at = down;
  }
  place(h, at, e);
}

void rf_go_heap_add(struct go_heap *h, struct go_heap_entry *e) {
  if (h->count == h->room)
    grow(h);
  rise(h, h->count++, e);
}

void rf_go_heap_remove(struct go_heap *h, struct go_heap_entry *e) {
  struct go_heap_entry *last = h->entries[--h->count];
  if (last == e)
    return;
  if (last->when < e->when)
    rise(h, e->at, last);
  else
    sink(h, e->at, last);
}
