// Invariant: rf_go_threads is never less than the kernel's count of these threads.
#include "go_thread.h"

#include "go_fatal.h"
#include "go_os.h"
#include "go_edges.h"

#include <errno.h>

// As Go asks (runtime/os_linux.go, retryOnEAGAIN): so many times, after pauses that grow by a millisecond.
#define REFUSALS 20
#define PAUSE_NS INT64_C(1000000)

uint32_t rf_go_threads;

int rf_go_thread_start(void *(*entry)(void *), void *arg, size_t stack) {
  int saved = errno;
  __atomic_add_fetch(&rf_go_threads, 1, __ATOMIC_SEQ_CST);
  uint64_t mask = rf_go_os_signals_hold();
  int error = __rf_host_thread(entry, arg, stack);
  rf_go_os_signals_set(mask);
  if (error)
    __atomic_sub_fetch(&rf_go_threads, 1, __ATOMIC_SEQ_CST);
  errno = saved;
  return error;
}

int rf_go_thread_start_patiently(void *(*entry)(void *), void *arg, size_t stack) {
  int error = rf_go_thread_start(entry, arg, stack);
  for (int i = 1; error == EAGAIN && i <= REFUSALS; i++) {
    rf_go_os_sleep_until(rf_go_os_now() + i * PAUSE_NS);
    error = rf_go_thread_start(entry, arg, stack);
  }
  return error;
}

void rf_go_thread_missing(int error) {
  struct go_text t;
  t.len = 0;
  rf_go_text_str(&t, "runtime: failed to create new OS thread (have ");
  rf_go_text_num(&t, __atomic_load_n(&rf_go_threads, __ATOMIC_RELAXED));
  rf_go_text_str(&t, " already; errno=");
  rf_go_text_num(&t, (uint64_t)error);
  rf_go_text_str(&t, ")\n");
  rf_go_text_flush(&t);
  rf_go_fatal("newosproc");
}

void rf_go_thread_ends(void) {
  __rf_host_thread_end();
  __atomic_sub_fetch(&rf_go_threads, 1, __ATOMIC_SEQ_CST);
}
