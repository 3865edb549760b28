// A binary heap in an array that grows.
// Invariant: heap[i]->when is at least heap[(i-1)/2]->when, and heap[i]->at == i + 1.
#include "go_deadline.h"

#include "go_guard.h"
#include "go_mem.h"
#include "go_monitor.h"

#include <stddef.h>

#define FIRST_ROOM 128

static uint32_t guard;
static struct go_deadline **heap;    // guarded by guard
static uint32_t count, room;         // guarded by guard; count is read without

static void put(uint32_t i, struct go_deadline *d) {
  heap[i] = d;
  d->at = i + 1;
}

static void sift_up(uint32_t i, struct go_deadline *d) {
  for (; i && heap[(i - 1) / 2]->when > d->when; i = (i - 1) / 2)
    put(i, heap[(i - 1) / 2]);
  put(i, d);
}

static void sift_down(uint32_t i, struct go_deadline *d) {
  for (uint32_t kid; (kid = 2 * i + 1) < count; i = kid) {
    if (kid + 1 < count && heap[kid + 1]->when < heap[kid]->when)
      kid++;
    if (heap[kid]->when >= d->when)
      break;
    put(i, heap[kid]);
  }
  put(i, d);
}

static void set_count(uint32_t n) { __atomic_store_n(&count, n, __ATOMIC_RELAXED); }

static void grow(void) {
  uint32_t more = room ? 2 * room : FIRST_ROOM;
  struct go_deadline **bigger = rf_go_mem_alloc(more * sizeof *heap);
  rf_go_mem_copy(bigger, heap, count * sizeof *heap);
  if (heap)
    rf_go_mem_free(heap, room * sizeof *heap);
  heap = bigger;
  room = more;
}

void rf_go_deadline_add(struct go_deadline *d) {
  rf_go_guard_lock(&guard);
  if (count == room)
    grow();
  set_count(count + 1);
  sift_up(count - 1, d);
  bool first = d->at == 1;
  int64_t when = d->when;
  rf_go_guard_unlock(&guard);
  if (first)
    rf_go_monitor_deadline(when);
}

static void take_out(struct go_deadline *d) {
  uint32_t i = d->at - 1;
  struct go_deadline *last = heap[count - 1];
  d->at = 0;
  set_count(count - 1);
  if (last == d)
    return;
  if (i && heap[(i - 1) / 2]->when > last->when)
    sift_up(i, last);
  else
    sift_down(i, last);
}

void rf_go_deadline_remove(struct go_deadline *d) {
  rf_go_guard_lock(&guard);
  if (d->at)
    take_out(d);
  rf_go_guard_unlock(&guard);
}

bool rf_go_deadline_expire(int64_t now, void (*expire)(struct goroutine *g), int64_t *next) {
  rf_go_guard_lock(&guard);
  struct go_deadline *d = count ? heap[0] : NULL;
  bool due = d && d->when <= now;
  *next = d ? d->when : INT64_MAX;
  if (due) {
    take_out(d);
    expire(d->g);
  }
  rf_go_guard_unlock(&guard);
  return due;
}

bool rf_go_deadline_any(void) { return __atomic_load_n(&count, __ATOMIC_RELAXED) != 0; }

void rf_go_deadline_after_fork(void) {
  guard = GUARD_FREE;
  set_count(0);
}
