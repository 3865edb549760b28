// Pools. Invariant: an item is in the list once for each put that no get has answered.
#include "go_guard.h"
#include "go_mem.h"
#include "go_sched.h"

#include <redflag/sync.h>

struct go_pooled {
  struct go_pooled *next;
  void *item;
  uint64_t clock; // the item's own: what its put knew
};

void go_pool_put(go_pool *p, void *item) {
  if (!item)
    return;
  struct go_pooled *node = rf_go_mem_alloc(sizeof *node);
  node->item = item;
  __rf_release_store(&node->clock);
  rf_go_guard_lock(&p->guard);
  node->next = p->newest;
  p->newest = node;
  rf_go_guard_unlock(&p->guard);
}

void *go_pool_get(go_pool *p) {
  rf_go_guard_lock(&p->guard);
  struct go_pooled *node = p->newest;
  if (node)
    p->newest = node->next;
  rf_go_guard_unlock(&p->guard);
  if (!node)
    return p->make ? p->make() : NULL;
  void *item = node->item;
  __rf_acquire(&node->clock);
  __rf_sync_forget(node, sizeof *node);
  rf_go_mem_free(node, sizeof *node);
  return item;
}
