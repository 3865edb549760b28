// Start and end of the runtime in its process.
#include "rf_ceiling.h"
#include "rf_host.h"
#include "rf_limit.h"
#include "rf_mem.h"
#include "rf_misuse.h"
#include "rf_options.h"
#include "rf_over.h"
#include "rf_record.h"
#include "rf_runtime.h"
#include "rf_sys.h"
#include "rf_text.h"
#include "rf_tsan_hooks.h"
#include "rf_wait.h"
#include "intercept/rf_real.h"

#include <fcntl.h>
#include <linux/membarrier.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/personality.h>

const struct rf_self *rf_main_self;
long rf_process_id;

// ---- Words to the user ----

void rf_say(const char *what, const char *detail) {
  char line[1024];
  struct rf_text t = {line, 0, sizeof line};
  rf_text_add(&t, "Redflag: ");
  rf_text_add(&t, what);
  rf_text_add(&t, detail);
  rf_text_add(&t, "\n");
  rf_write(2, line, t.len);
}

static _Atomic bool refusing;

void rf_refuse(const char *what, const char *detail) {
  if (!atomic_exchange(&refusing, true)) {
    rf_say(what, detail);
    rf_sys_exit(rf_report_count() ? rf_options_end_status() : 1); // what was found is not taken back
  }
  for (;;) // another thread says why, and ends this one too
    rf_sys_sleep_ms(1000);
}

void rf_wait_if_refused(void) {
  while (atomic_load_explicit(&refusing, memory_order_relaxed))
    rf_sys_sleep_ms(1000);
}

// ---- The core's host ----

#define RESERVE_BYTES ((size_t)1 << 30)
static _Atomic(char *) reserve;
static char *reserve_end;

void rf_host_reserve(void) {
  if (reserve)
    return;
  rf_limit_mapping(RESERVE_BYTES);
  const long p = rf_sys_mmap(0, RESERVE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
  if (p < 0)
    return;
  reserve_end = (char *)p + RESERVE_BYTES;
  reserve = (char *)p;
}

static void *from_reserve(size_t bytes) {
  bytes = (bytes + 4095) & ~(size_t)4095;
  char *p = reserve;
  while (p && bytes <= (size_t)(reserve_end - p))
    if (atomic_compare_exchange_weak(&reserve, &p, p + bytes))
      return p;
  return NULL;
}

static void *host_map(size_t bytes) {
  void *reserved = reserve ? from_reserve(bytes) : NULL;
  if (reserved)
    return reserved;
  rf_limit_mapping(bytes);
  const long p = rf_sys_mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
  if (p < 0)
    rf_refuse("out of memory for the detector's own records", "");
  return (void *)p;
}
static void host_unmap(void *p, size_t bytes) {
  rf_sys_munmap((uintptr_t)p, bytes);
  rf_limit_unmapped(bytes);
}
static void host_discard(void *p, size_t bytes) { rf_sys_madvise((uintptr_t)p, bytes, MADV_DONTNEED); }
// A holder that lost its processor to another program gets it back sooner from one that sleeps than from one
// that yields and is chosen again at once. Where many threads wait, their looking again keeps the holder from its
// processor, so each waits about as long again as it has waited already.
static void host_yield(unsigned turns) {
  enum { YIELDS = 16, DOUBLINGS = 3 };
  if (turns < YIELDS) {
    rf_sys_yield();
    return;
  }
  const unsigned times = turns - YIELDS;
  const long pause[2] = {0, 50000L << (times < DOUBLINGS ? times : DOUBLINGS)}; // struct timespec: from 50 microseconds
  rf_sys(SYS_nanosleep, (long)pause, 0, 0, 0, 0, 0);
}
// Registered for at start-up; a kernel without it (before 4.14) has the slow kind.
static void host_barrier(void) {
  if (rf_sys_membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) >= 0 || rf_sys_membarrier(MEMBARRIER_CMD_GLOBAL) >= 0)
    return;
  // Forbidden. A processor's stores do not stay in its buffer for anything like this long.
  const uint64_t begin = __builtin_ia32_rdtsc();
  rf_sys_sleep_ms(1);
  while (__builtin_ia32_rdtsc() - begin < 1000000)
    __builtin_ia32_pause();
}
static void host_collect(void) {
  __atomic_or_fetch(&rf_self_ptr->attention, RF_ATTEND_COLLECT, __ATOMIC_RELAXED); // a handler may set its bit
}
// Each once; what is a constant.
static void host_degraded(const char *what) {
  enum { KINDS = 16 };
  static _Atomic(const char *) told[KINDS];
  for (unsigned i = 0; i < KINDS; i++) {
    const char *seen = NULL;
    if (atomic_compare_exchange_strong(&told[i], &seen, what)) {
      rf_say("degraded: ", what);
      return;
    }
    if (seen == what)
      return;
  }
}

static const struct rf_host host = {host_map, host_unmap, host_discard, host_yield, host_barrier, host_collect,
                                   rf_report_race, host_degraded};

// ---- Start ----

static const char *options_text(char **envp) {
  static const char key[] = "REDFLAG_OPTIONS=";
  for (; envp && *envp; envp++) {
    size_t i = 0;
    while (key[i] && (*envp)[i] == key[i])
      i++;
    if (!key[i])
      return *envp + i;
  }
  return "";
}

// The program's own defaults were written for ThreadSanitizer; what is no option here is told and left out.
static void read_defaults(void) {
  static char error[256];
  const char *suppressions = __tsan_default_suppressions();
  if (rf_options_parse(__tsan_default_options(), error, sizeof error))
    rf_say("__tsan_default_options: ", error);
  if (*suppressions)
    rf_suppressions_add(suppressions);
}

static void read_options(char **envp) {
  static char error[256];
  read_defaults();
  if (rf_options_parse(options_text(envp), error, sizeof error))
    rf_refuse(error, "");
  if (rf_options.help) {
    const char *help = rf_options_help();
    size_t n = 0;
    while (help[n])
      n++;
    rf_sys_write(2, help, n);
  }
  if (rf_options.memory_limit_mb < 0)
    rf_refuse("REDFLAG_OPTIONS: memory_limit_mb is a number of MiB, or 0 for no limit", "");
  rf_ceiling_init((uint64_t)rf_options.memory_limit_mb << 20);
  if (*rf_options.suppressions && !rf_suppressions_load(rf_options.suppressions))
    rf_refuse("cannot read suppressions file ", rf_options.suppressions);
}

// Only when main ends the program: nobody joins for it when it has left by pthread_exit, or is interrupted by another
// thread's exit. And only when it is alone: another thread may be about to join.
static void judge_leaks(void) {
  if (!rf_options.report_thread_leaks || rf_self_ptr != rf_main_self || !rf_main_self->live || rf_thread_live() > 1)
    return;
  struct rf_self *s = rf_enter();
  for (uint32_t i = 1; i <= rf_lthread_records(); i++) {
    const struct rf_lthread *l = rf_lthread_at(i);
    if (l->number && l->joinable && l->kind == RF_THREAD_PTHREAD && atomic_load(&l->ended))
      rf_misuse_leak(l);
  }
  rf_leave(s);
}

static void at_exit(void *unused) {
  (void)unused;
  judge_leaks();
  const int status = rf_report_finish(0);
  if (!status)
    return;
  fflush(NULL); // the handlers that would have done it come after this one
  rf_wait_leave(status);
  rf_sys_exit(status);
}

// quick_exit leaves streams as they are.
static void before_quick_exit(void *unused) {
  (void)unused;
  const int status = rf_report_finish(0);
  if (status)
    rf_sys_exit(status);
}

extern int (*rf_real_cxa_atexit)(void (*)(void *), void *, void *);
extern int (*rf_real_cxa_at_quick_exit)(void (*)(void *), void *);

static void start(char **envp) {
  static bool started;
  if (started)
    return;
  started = true;
  rf_host = &host;
  rf_process_id = rf_sys_getpid();
  rf_self_starting();
  rf_real_init();
  rf_heap_init();
  rf_record_init();
  rf_shadow_init(rf_map_reserve());
  rf_sync_init();
  rf_thread_locals_init();
  rf_sys_membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
  struct rf_self *s = rf_self_new();
  __rf_tls.lsp = s->locals;
  rf_core_init(&s->t, &__rf_tls, (struct rf_frame *)s->shadow_stack);
  s->live = true;
  s->publishes = true;
  rf_main_self = s;
  read_options(envp); // late, since it calls hooks of the program
  rf_report_init();
  rf_intercept_init();
  rf_leave(s);
  // Registered before every other handler, so that it runs after all of them and after all destructors.
  rf_real_cxa_atexit(at_exit, NULL, NULL);
  rf_real_cxa_at_quick_exit(before_quick_exit, NULL);
  __tsan_on_initialize();
}

void rf_runtime_init(void) { start(environ); }

// Of the process, while main has not begun; NULL where the runtime came later.
static char **first_argv, **first_envp;

void rf_start_again(void) {
  static char path[4096];
  const long persona = rf_sys(SYS_personality, 0xffffffff, 0, 0, 0, 0, 0);
  if (!first_argv || persona < 0 || persona & ADDR_NO_RANDOMIZE)
    return;
  const long n = rf_sys(SYS_readlink, (long)"/proc/self/exe", (long)path, sizeof path - 1, 0, 0, 0);
  if (n <= 0 || rf_sys(SYS_personality, persona | ADDR_NO_RANDOMIZE, 0, 0, 0, 0, 0) < 0)
    return;
  path[n] = 0;
  rf_sys(SYS_execve, (long)path, (long)first_argv, (long)first_envp, 0, 0, 0);
  rf_sys(SYS_personality, persona, 0, 0, 0, 0, 0);
}

static void preinit(int argc, char **argv, char **envp) {
  (void)argc;
  first_argv = argv;
  first_envp = envp;
  start(envp);
}
__attribute__((section(".preinit_array"), used)) static void (*const preinit_entry)(int, char **, char **) = preinit;

void rf_exit_now(int status) {
  const int replaced = rf_report_finish(status);
  fflush(NULL);
  rf_sys_exit(replaced ? replaced : status);
}
