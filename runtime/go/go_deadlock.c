// All goroutines are asleep: found when the last running one parks, reported as Go does, exit status 2.
// Invariant: never reported while a thread is alive that the library does not know, since it could wake us.
#include "go_fatal.h"
#include "go_guard.h"
#include "go_list.h"
#include "go_load.h"
#include "go_os.h"

uint64_t rf_go_load = LOAD_RUNNING; // main
uint32_t rf_go_carriers;

static uint32_t main_gone; // set while collecting: main called go_exit()

static void look_for_main(const struct goroutine *g, void *unused) {
  if (g->id == 1 && g->why == GO_WAIT_GONE)
    main_gone = 1;
}

static void print(const struct goroutine *g, void *unused) {
  struct go_text t;
  t.len = 0;
  rf_go_text_str(&t, "\n");
  rf_go_text_goroutine(&t, g, rf_go_wait_text(g->why));
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

// Threads that the library can account for in this state: main, its own, and foreign ones that are parked.
static long known_threads(uint64_t load) {
  return 1 + (long)__atomic_load_n(&rf_go_carriers, __ATOMIC_SEQ_CST) +
         (long)(load >> LOAD_FOREIGN_SHIFT & LOAD_FOREIGN_MASK);
}

static bool unchanged(uint64_t load) { return __atomic_load_n(&rf_go_load, __ATOMIC_SEQ_CST) == load; }

bool rf_go_deadlock_suspect(uint64_t load) {
  static uint32_t reporting;
  long known = known_threads(load);
  long alive = rf_go_os_thread_count();
  // The order matters: a thread that was gone when we counted cannot have changed the load since, and what
  // it did before is visible now.
  if (!unchanged(load))
    return false;
  if (alive != known)
    return true;
  if (__atomic_exchange_n(&reporting, 1, __ATOMIC_SEQ_CST) == 0)
    report();
  return false;
}
