// The process: fork, exit, memory mappings.
#include "rf_intercept.h"
#include "rf_mem.h"
#include "rf_over.h"
#include "rf_owner.h"
#include "rf_sys.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

void rf_once_calls_after_fork(void);

// ---- Fork: every other thread stands outside the runtime, so that no lock or record is half done ----

RF_INTERCEPT(pid_t, fork, (void)) {
  RF_READY();
  struct rf_self *s = rf_enter();
  rf_self_stop_others(s);
  // Handlers of pthread_atfork run inside; they are the program's, so they must be outside for it.
  s->depth = s->depth - 1;
  const pid_t pid = real_fork();
  s->depth = s->depth + 1;
  if (pid) {
    rf_self_resume_others();
  } else {
    rf_self_after_fork(s);
    rf_mem_after_fork();
    rf_clock_after_fork();
    rf_over_after_fork();
    rf_owner_after_fork();
    rf_sync_after_fork();
    rf_heap_after_fork();
    rf_thread_calls_after_fork();
    rf_once_calls_after_fork();
    rf_report_after_fork();
    if (s->live)
      rf_thread_after_fork(&s->t);
  }
  rf_leave(s);
  return pid;
}

// ---- Exit ----

static int status_of(int status) { return rf_self_ptr ? rf_report_finish(status) : status; }

#define EXIT(name)                                                                                           \
  RF_INTERCEPT(void, name, (int status)) {                                                                   \
    real_##name(status_of(status));                                                                          \
    __builtin_unreachable();                                                                                 \
  }
EXIT(_exit)
EXIT(_Exit)
EXIT(quick_exit)

// ---- Mappings: new memory has no history ----

static void *mapped(void *p, size_t n) {
  if (p != MAP_FAILED && !rf_stands_aside())
    RF_WITH_SELF(rf_map_drop(&s->t, (uintptr_t)p, n); rf_sync_forget((uintptr_t)p, n));
  return p;
}

RF_INTERCEPT(void *, mmap, (void *at, size_t n, int prot, int flags, int fd, off_t offset)) {
  if (!real_mmap)
    RF_READY();
  return mapped(real_mmap(at, n, prot, flags, fd, offset), n);
}

RF_INTERCEPT(void *, mmap64, (void *at, size_t n, int prot, int flags, int fd, off64_t offset)) {
  if (!real_mmap64)
    RF_READY();
  return mapped(real_mmap64(at, n, prot, flags, fd, offset), n);
}

RF_INTERCEPT(int, munmap, (void *p, size_t n)) {
  static const struct rf_libsite site = RF_LIBSITE("munmap");
  if (!real_munmap)
    RF_READY();
  if (!rf_stands_aside()) {
    struct rf_self *s = rf_enter();
    if (rf_modules_judge(__builtin_return_address(0)))
      rf_check(s, p, n, RF_CELL_PLAIN | RF_CELL_WRITE, NULL, &site);
    rf_map_drop(&s->t, (uintptr_t)p, n);
    rf_sync_forget((uintptr_t)p, n);
    rf_leave(s);
  }
  return real_munmap(p, n);
}
