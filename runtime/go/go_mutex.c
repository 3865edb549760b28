// Mutexes. A free mutex is one compare-and-swap away; otherwise goroutines queue up. Whoever asks at the right
// moment may overtake the queue, which keeps the lock busy while a waiter wakes up, until a waiter has waited
// for 1 ms: then unlock hands the mutex over to the first in the queue (as Go's mutex, sync/mutex.go).
//
// Invariant: HAS_WAITERS is set whenever the queue is not empty and the guard is free; both change under the
// guard and while LOCKED, so an unlocker that does not see it leaves nobody behind.
#include "go_fatal.h"
#include "go_guard.h"
#include "go_known.h"
#include "go_queue.h"

#include <redflag/sync.h>

enum {
  LOCKED = 1,
  HAS_WAITERS = 2,
  WOKEN = 4,     // a waiter has been woken and has not tried yet: unlock wakes no other
  HAND_OVER = 8, // the next unlock gives the mutex to the first waiter
};

#define PATIENCE_NS INT64_C(1000000)
#define SPINS 30

static bool swap(go_mutex *m, uint32_t *from, uint32_t to) {
  return __atomic_compare_exchange_n(&m->state, from, to, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

static void taken(go_mutex *m) { __rf_lock_taken(&m->clock, m, "go_mutex"); }

static bool try_take(go_mutex *m) {
  uint32_t state = __atomic_load_n(&m->state, __ATOMIC_RELAXED);
  while (!(state & LOCKED))
    if (swap(m, &state, state | LOCKED))
      return true;
  return false;
}

static bool spin(go_mutex *m) {
  for (int i = 0; i < SPINS; i++) {
    if (__atomic_load_n(&m->state, __ATOMIC_RELAXED) & HAS_WAITERS)
      return false;
    if (try_take(m))
      return true;
    rf_go_cpu_relax();
  }
  return false;
}

// Takes the mutex (true) or marks it as waited for. `clear` is WOKEN when the caller is the woken waiter.
static bool take_or_mark(go_mutex *m, uint32_t mark, uint32_t clear) {
  uint32_t state = __atomic_load_n(&m->state, __ATOMIC_RELAXED), to;
  do
    to = (state & LOCKED ? state | mark : state | LOCKED) & ~clear;
  while (!swap(m, &state, to));
  return !(state & LOCKED);
}

static __attribute__((noinline)) void lock_slow(go_mutex *m) {
  if (spin(m))
    return;
  struct go_waiter w;
  rf_go_waiter_init(&w);
  int64_t since = 0;
  for (uint32_t mark = HAS_WAITERS, clear = 0;; clear = WOKEN) {
    rf_go_guard_lock(&m->guard);
    bool got = take_or_mark(m, mark, clear);
    if (!got)
      (clear ? rf_go_queue_push_front : rf_go_queue_push)(&m->queue, &w);
    rf_go_guard_unlock(&m->guard);
    if (got)
      return;
    if (!since)
      since = rf_go_os_now();
    rf_go_park(GO_WAIT_MUTEX);
    if (w.granted)
      return;
    if (rf_go_os_now() - since > PATIENCE_NS)
      mark = HAS_WAITERS | HAND_OVER;
  }
}

void go_lock(go_mutex *m) {
  GO_KNOWN(m);
  uint32_t expected = 0;
  if (!swap(m, &expected, LOCKED))
    lock_slow(m);
  taken(m);
}

bool go_trylock(go_mutex *m) {
  GO_KNOWN(m);
  if (!try_take(m))
    return false;
  taken(m);
  return true;
}

// Wakes the first waiter. We still hold the mutex, so only the last step may let others have it: they may free
// its memory.
static __attribute__((noinline)) void unlock_slow(go_mutex *m) {
  rf_go_guard_lock(&m->guard);
  uint32_t state = __atomic_load_n(&m->state, __ATOMIC_RELAXED);
  bool hand_over = state & HAND_OVER;
  struct go_waiter *w = rf_go_queue_pop(&m->queue);
  if (!w) // two unlocks at once, or somebody overwrote the mutex
    rf_go_fatal("sync: unlock of unlocked mutex");
  struct goroutine *g = w->g;
  w->granted = hand_over;
  uint32_t clear = (m->queue.first ? 0 : HAS_WAITERS) | HAND_OVER | (hand_over ? 0 : LOCKED);
  if (hand_over) {
    __atomic_and_fetch(&m->state, ~clear, __ATOMIC_SEQ_CST);
    rf_go_guard_unlock(&m->guard);
  } else {
    __atomic_and_fetch(&m->state, ~(clear & ~(uint32_t)LOCKED), __ATOMIC_SEQ_CST);
    __atomic_or_fetch(&m->state, WOKEN, __ATOMIC_SEQ_CST);
    rf_go_guard_unlock(&m->guard);
    __atomic_and_fetch(&m->state, ~(uint32_t)LOCKED, __ATOMIC_SEQ_CST);
  }
  rf_go_unpark(g);
}

static bool must_wake(uint32_t state) { return state & HAS_WAITERS && (!(state & WOKEN) || state & HAND_OVER); }

void go_unlock(go_mutex *m) {
  GO_KNOWN(m);
  uint32_t state = __atomic_load_n(&m->state, __ATOMIC_RELAXED);
  if (!(state & LOCKED))
    rf_go_fatal("sync: unlock of unlocked mutex");
  __rf_lock_leaving(&m->clock, m);
  while (!must_wake(state))
    if (swap(m, &state, state & ~(uint32_t)LOCKED))
      return;
  unlock_slow(m);
}
