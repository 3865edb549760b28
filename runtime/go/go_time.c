// Sleeping and the clock.
#include "go_os.h"
#include "go_sched.h"

#include <redflag/time.h>

#include <stdint.h>

void go_sleep(int64_t ns) {
  if (ns <= 0)
    return;
  int64_t now = rf_go_os_now();
  rf_go_sched_sleep_until(ns > INT64_MAX - now ? INT64_MAX : now + ns);
}

int64_t go_now(void) { return rf_go_os_now(); }
