// Invariant: the monitor sleeps for at most LOOK_NS while a carrier works, and without limit only after it has seen
// nothing to look after LOOKS_IN_VAIN times; whoever changes that wakes it.
#include "go_monitor.h"

#include "go_carrier.h"
#include "go_deadline.h"
#include "go_deadlock.h"
#include "go_os.h"
#include "go_stack.h"
#include "go_thread.h"

#include <stdbool.h>

#define LOOK_NS INT64_C(10000000)
#define LOOK_SOON_NS INT64_C(200000) // after one goroutine was found in the kernel, others may follow
#define LOOKS_IN_VAIN 3
#define TRIM_NS INT64_C(1000000000)
#define TRIM_BUDGET (TRIM_NS / 20) // no more of a processor than this, however many have ended

static uint32_t started;
static uint32_t word; // futex: 1 to wake it
static uint32_t deep; // 1: it sleeps until it is told that something has changed
static int64_t until; // when it will wake by itself; INT64_MIN while it makes up its mind

static void kick(void) {
  if (!__atomic_exchange_n(&word, 1, __ATOMIC_SEQ_CST))
    rf_go_futex_wake(&word, 1);
}

void rf_go_monitor_deadline(int64_t when) {
  int64_t planned = __atomic_load_n(&until, __ATOMIC_SEQ_CST);
  if (planned == INT64_MIN || when < planned)
    kick();
}

void rf_go_monitor_busy(void) {
  if (__atomic_load_n(&deep, __ATOMIC_SEQ_CST))
    kick();
}

void rf_go_monitor_quiet(void) { rf_go_monitor_busy(); }

// What is due now, not what comes due meanwhile: there are other things to look after however short a period is.
static int64_t expire_all(int64_t now) {
  int64_t next;
  while (rf_go_deadline_expire(now, &next))
    ;
  return next;
}

// When to trim the next time, INT64_MAX for not before something has changed.
static int64_t trim_now_and_then(int64_t now) {
  static int64_t last;
  if (!rf_go_stack_any_warm())
    return INT64_MAX;
  if (now - last >= TRIM_NS) {
    last = now;
    rf_go_stack_trim(TRIM_BUDGET);
  }
  return last + TRIM_NS;
}

// One look; returns when the next is due, INT64_MAX for never.
static int64_t look(void) {
  static uint32_t vain;
  static int64_t pause = LOOK_NS;
  int64_t now = rf_go_os_now();
  int64_t next = expire_all(now);
  pause = rf_go_carrier_relieve(now) ? LOOK_SOON_NS : 2 * pause < LOOK_NS ? 2 * pause : LOOK_NS;
  int64_t trim = trim_now_and_then(now);
  bool idle = rf_go_carrier_all_idle();
  bool suspect = idle && rf_go_deadlock_suspect();
  vain = idle ? vain + 1 : 0;
  // Set before the last look at the carriers, so that whoever begins to work later sees it.
  __atomic_store_n(&deep, vain > LOOKS_IN_VAIN, __ATOMIC_SEQ_CST);
  if (vain > LOOKS_IN_VAIN && rf_go_carrier_all_idle() && !suspect)
    return next < trim ? next : trim;
  int64_t soon = now + (suspect ? DEADLOCK_ASK_AGAIN_NS : pause);
  return next < soon ? next : soon;
}

static void *monitor_main(void *unused) {
  __rf_thread_begin(NULL); // known to the detector, not yet anybody: timers fire here
  for (;;) {
    __atomic_store_n(&word, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&until, INT64_MIN, __ATOMIC_SEQ_CST);
    int64_t next = look();
    __atomic_store_n(&until, next, __ATOMIC_SEQ_CST);
    rf_go_futex_wait(&word, 0, next == INT64_MAX ? -1 : next);
  }
  return NULL;
}

void rf_go_monitor_start(void) {
  if (__atomic_load_n(&started, __ATOMIC_RELAXED) || __atomic_exchange_n(&started, 1, __ATOMIC_SEQ_CST))
    return;
  until = INT64_MIN;
  int error = rf_go_thread_start_patiently(monitor_main, NULL, 0); // reports and exit handlers may run there
  if (error)
    rf_go_thread_missing(error);
}

void rf_go_monitor_after_fork(void) {
  started = word = deep = 0;
  until = INT64_MIN;
}
