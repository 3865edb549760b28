// All goroutines are asleep: found by the monitor, reported as Go does, exit status 2.
// Invariant: never reported while a thread is alive that the library does not know, since it could wake us.
#include "go_deadlock.h"

#include "go_carrier.h"
#include "go_deadline.h"
#include "go_fatal.h"
#include "go_list.h"
#include "go_os.h"
#include "go_thread.h"

uint32_t rf_go_foreign_parked;

static uint32_t main_gone; // set while collecting: main called go_exit()

static void look_for_main(const struct go_view *v, void *unused) {
  if (v->id == 1 && v->why == GO_WAIT_GONE)
    main_gone = 1;
}

static void print(const struct go_view *v, void *unused) {
  struct go_text t;
  t.len = 0;
  rf_go_text_str(&t, "\n");
  rf_go_text_goroutine(&t, v);
  rf_go_text_flush(&t);
}

static _Noreturn void report(void) {
  struct go_text t;
  t.len = 0;
  rf_go_list_each(look_for_main, NULL);
  rf_go_text_str(&t, "fatal error: ");
  rf_go_text_str(&t, main_gone ? "no goroutines (main called go_exit) - deadlock!"
                               : "all goroutines are asleep - deadlock!");
  rf_go_text_str(&t, "\n");
  rf_go_text_flush(&t);
  rf_go_list_each(print, NULL);
  __rf_host_exit(2);
}

// Nobody runs, is ready, or will be by itself.
static bool quiet(void) { return rf_go_carrier_all_idle() && rf_go_main_parked() && !rf_go_deadline_any(); }

// Threads that the library can account for: main, its own, and foreign ones that are parked.
static long known_threads(void) {
  return rf_go_main_threads() + (long)__atomic_load_n(&rf_go_threads, __ATOMIC_SEQ_CST) +
         (long)__atomic_load_n(&rf_go_foreign_parked, __ATOMIC_SEQ_CST);
}

bool rf_go_deadlock_suspect(void) {
  uint64_t wakes = __atomic_load_n(&rf_go_wakes, __ATOMIC_SEQ_CST);
  if (!quiet())
    return false;
  long known = known_threads();
  long alive = rf_go_os_thread_count();
  // The order matters: a thread that was gone when we counted cannot have woken anybody since, and what it did
  // before is visible now.
  if (!quiet() || __atomic_load_n(&rf_go_wakes, __ATOMIC_SEQ_CST) != wakes)
    return true;
  if (alive == known)
    report();
  return true;
}
