// Once. Invariant: DONE is stored after the body's clock, so whoever reads DONE may acquire it.
#include "go_fatal.h"
#include "go_guard.h"
#include "go_known.h"
#include "go_queue.h"

#include <redflag/panic.h>
#include <redflag/sync.h>

enum { NOT_YET, RUNNING, DONE };

// Returns whether the caller is the one who runs the body; else waits until it has been run.
static bool begin_or_wait(go_once *once) {
  struct go_waiter w;
  rf_go_waiter_init(&w);
  rf_go_guard_lock(&once->guard);
  uint32_t state = once->state;
  if (state == NOT_YET)
    __atomic_store_n(&once->state, RUNNING, __ATOMIC_RELAXED);
  if (state == RUNNING)
    rf_go_queue_push(&once->queue, &w);
  rf_go_guard_unlock(&once->guard);
  if (state == RUNNING)
    rf_go_park(GO_WAIT_ONCE);
  return state == NOT_YET;
}

static void finish(go_once *once) {
  __rf_release_store(&once->clock);
  rf_go_guard_lock(&once->guard);
  // Release: pairs with the acquire in go_once_do().
  __atomic_store_n(&once->state, DONE, __ATOMIC_RELEASE);
  struct go_waiter *list = rf_go_queue_take(&once->queue);
  rf_go_guard_unlock(&once->guard);
  rf_go_queue_wake_all(list);
}

// As in Go, a body that panics has been run; the panic goes on afterwards. Without a go_try around, it does not
// come back here.
static const char *run_body(void (*f)(void *), void *arg) {
  if (rf_go_self()->tries)
    return go_try(f, arg);
  f(arg);
  return NULL;
}

void go_once_do(go_once *once, void (*f)(void *), void *arg) {
  GO_KNOWN(once);
  if (__atomic_load_n(&once->state, __ATOMIC_ACQUIRE) != DONE && begin_or_wait(once)) {
    const char *panic = run_body(f, arg);
    finish(once);
    if (panic)
      rf_go_panic_exit(panic);
    return;
  }
  __rf_acquire(&once->clock);
}
