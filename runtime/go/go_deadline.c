// Invariant: a deadline is in the heap exactly while it is armed.
#include "go_deadline.h"

#include "go_guard.h"
#include "go_monitor.h"

static uint32_t guard;
static struct go_heap heap;  // guarded by guard
static uint32_t armed_count; // of the heap; written under guard, read without

void rf_go_deadline_lock(void) { rf_go_guard_lock(&guard); }
void rf_go_deadline_unlock(void) { rf_go_guard_unlock(&guard); }

static void note_count(void) { __atomic_store_n(&armed_count, (uint32_t)heap.count, __ATOMIC_RELAXED); }

void rf_go_deadline_arm(struct go_deadline *d) {
  d->armed = true;
  rf_go_heap_add(&heap, &d->entry);
  note_count();
}

void rf_go_deadline_disarm(struct go_deadline *d) {
  if (!d->armed)
    return;
  d->armed = false;
  rf_go_heap_remove(&heap, &d->entry);
  note_count();
}

void rf_go_deadline_add(struct go_deadline *d) {
  int64_t when = d->entry.when;
  rf_go_guard_lock(&guard);
  rf_go_deadline_arm(d);
  rf_go_guard_unlock(&guard);
  rf_go_monitor_deadline(when);
}

void rf_go_deadline_remove(struct go_deadline *d) {
  rf_go_guard_lock(&guard);
  rf_go_deadline_disarm(d);
  rf_go_guard_unlock(&guard);
}

bool rf_go_deadline_expire(int64_t now, int64_t *next) {
  rf_go_guard_lock(&guard);
  struct go_heap_entry *first = rf_go_heap_first(&heap);
  *next = first ? first->when : INT64_MAX;
  if (!first || *next > now) {
    rf_go_guard_unlock(&guard);
    return false;
  }
  struct go_deadline *d = (struct go_deadline *)first;
  rf_go_deadline_disarm(d);
  d->due(d, now);
  return true;
}

bool rf_go_deadline_any(void) { return __atomic_load_n(&armed_count, __ATOMIC_RELAXED) != 0; }

// What another thread was changing cannot be trusted, so nothing is kept.
void rf_go_deadline_after_fork(void) {
  guard = GUARD_FREE;
  heap = (struct go_heap){0};
  note_count();
}
