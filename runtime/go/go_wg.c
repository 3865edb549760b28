// Wait groups. Invariant: state's waiters equals the length of the queue whenever the guard is free, and the
// counter is positive while there are waiters.
#include "go_fatal.h"
#include "go_guard.h"
#include "go_known.h"
#include "go_queue.h"

#include <redflag/sync.h>

#define COUNT_ONE (UINT64_C(1) << 32)

static const struct rf_libsite add_site = RF_LIBSITE("go_wg_add");
static const struct rf_libsite wait_site = RF_LIBSITE("go_wg_wait");

static int32_t count_of(uint64_t state) { return (int32_t)(state >> 32); }
static uint32_t waiters_of(uint64_t state) { return (uint32_t)state; }

// The counter has come to zero and there are waiters: all go on. Nothing touches wg after the guard.
static void wake_waiters(go_wg *wg) {
  rf_go_guard_lock(&wg->guard);
  struct go_waiter *list = rf_go_queue_take(&wg->queue);
  __atomic_store_n(&wg->state, 0, __ATOMIC_SEQ_CST);
  rf_go_guard_unlock(&wg->guard);
  rf_go_queue_wake_all(list);
}

void go_wg_add(go_wg *wg, int n) {
  GO_KNOWN(wg);
  if (n < 0)
    __rf_release(&wg->clock);
  uint64_t delta = (uint64_t)(int64_t)n << 32;
  uint64_t state = __atomic_add_fetch(&wg->state, delta, __ATOMIC_SEQ_CST);
  int32_t count = count_of(state);
  if (count < 0)
    rf_go_panic_exit("sync: negative WaitGroup counter");
  // As in Go (sync/waitgroup.go): the first add must be ordered with the wait; the others need not be, since
  // they find the counter positive.
  if (n > 0 && count == n)
    __rf_note_read(&wg->misuse, sizeof wg->misuse, &add_site);
  if (n > 0 && count == n && waiters_of(state))
    rf_go_panic_exit("sync: WaitGroup misuse: Add called concurrently with Wait");
  if (count == 0 && waiters_of(state))
    wake_waiters(wg);
}

void go_wg_done(go_wg *wg) { go_wg_add(wg, -1); }

// Counts the caller as a waiter unless the counter is zero. Returns how many there are then, 0: none needed.
static uint32_t join_waiters(go_wg *wg) {
  uint64_t state = __atomic_load_n(&wg->state, __ATOMIC_SEQ_CST);
  do
    if (count_of(state) == 0)
      return 0;
  while (
      !__atomic_compare_exchange_n(&wg->state, &state, state + 1, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
  return waiters_of(state) + 1;
}

static void wait_slow(go_wg *wg) {
  struct go_waiter w;
  rf_go_waiter_init(&w);
  rf_go_guard_lock(&wg->guard);
  uint32_t waiters = join_waiters(wg);
  if (waiters)
    rf_go_queue_push(&wg->queue, &w);
  rf_go_guard_unlock(&wg->guard);
  if (waiters == 1)
    __rf_note_write(&wg->misuse, sizeof wg->misuse, &wait_site);
  if (waiters)
    rf_go_park(GO_WAIT_WG);
}

void go_wg_wait(go_wg *wg) {
  GO_KNOWN(wg);
  if (count_of(__atomic_load_n(&wg->state, __ATOMIC_SEQ_CST)) != 0)
    wait_slow(wg);
  __rf_acquire(&wg->clock);
}
