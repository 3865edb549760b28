// A doubly linked list under one guard.
#include "go_list.h"

#include "go_fork.h"
#include "go_guard.h"

static uint32_t guard;
static struct goroutine *first, *last; // guarded by guard
static uint64_t count;                 // guarded by guard, read without

static bool counts(const struct goroutine *g) { return !g->foreign && g->id != 1; }

static void link_between(struct goroutine *before, struct goroutine *g, struct goroutine *after) {
  g->prev = before;
  g->next = after;
  *(before ? &before->next : &first) = g;
  *(after ? &after->prev : &last) = g;
}

void rf_go_list_add(struct goroutine *g) {
  rf_go_guard_lock(&guard);
  if (g->id == 1)
    link_between(NULL, g, first);
  else
    link_between(last, g, NULL);
  if (counts(g))
    __atomic_store_n(&count, count + 1, __ATOMIC_RELAXED);
  rf_go_guard_unlock(&guard);
}

void rf_go_list_remove(struct goroutine *g) {
  rf_go_guard_lock(&guard);
  *(g->prev ? &g->prev->next : &first) = g->next;
  *(g->next ? &g->next->prev : &last) = g->prev;
  if (counts(g))
    __atomic_store_n(&count, count - 1, __ATOMIC_RELAXED);
  rf_go_guard_unlock(&guard);
}

void rf_go_list_each(void (*visit)(const struct goroutine *g)) {
  rf_go_guard_lock(&guard);
  for (struct goroutine *g = first; g; g = g->next)
    visit(g);
  rf_go_guard_unlock(&guard);
}

uint64_t rf_go_list_count(void) { return __atomic_load_n(&count, __ATOMIC_RELAXED); }

void rf_go_list_after_fork(struct goroutine *caller) {
  guard = GUARD_FREE;
  first = last = NULL;
  count = 0;
  // A goroutine on a carrier takes itself off the list when it ends; main and foreign ones are on it only while
  // they are parked.
  if (caller->stack)
    rf_go_list_add(caller);
}
