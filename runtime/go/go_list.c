// A doubly linked list under one guard.
#include "go_list.h"

#include "go_fork.h"
#include "go_guard.h"

static uint32_t guard;
static struct goroutine *first, *last; // guarded by guard
static uint64_t begun, gone;           // atomic

static bool is_thread(const struct goroutine *g) { return !g->stack; }

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
  rf_go_guard_unlock(&guard);
}

void rf_go_list_remove(struct goroutine *g) {
  rf_go_guard_lock(&guard);
  *(g->prev ? &g->prev->next : &first) = g->next;
  *(g->next ? &g->next->prev : &last) = g->prev;
  rf_go_guard_unlock(&guard);
}

void rf_go_list_each(void (*visit)(const struct goroutine *g)) {
  rf_go_guard_lock(&guard);
  for (struct goroutine *g = first; g; g = g->next)
    if (!__atomic_load_n(&g->ended, __ATOMIC_ACQUIRE))
      visit(g);
  rf_go_guard_unlock(&guard);
}

void rf_go_list_begun(struct goroutine *g) {
  __atomic_add_fetch(&begun, 1, __ATOMIC_RELAXED);
  __atomic_store_n(&g->ended, false, __ATOMIC_RELEASE);
}

void rf_go_list_ended(struct goroutine *g) {
  __atomic_store_n(&g->ended, true, __ATOMIC_RELEASE);
  __atomic_add_fetch(&gone, 1, __ATOMIC_RELAXED);
}

uint64_t rf_go_list_count(void) {
  uint64_t ended = __atomic_load_n(&gone, __ATOMIC_ACQUIRE); // first, so that none has ended before it began
  return __atomic_load_n(&begun, __ATOMIC_RELAXED) - ended;
}

void rf_go_list_after_fork(struct goroutine *caller) {
  guard = GUARD_FREE;
  first = last = NULL;
  begun = gone = 0;
  // main and foreign ones are on it only while they are parked.
  if (is_thread(caller))
    return;
  rf_go_list_add(caller);
  rf_go_list_begun(caller);
}
