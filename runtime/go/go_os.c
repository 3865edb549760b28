// Raw system calls for the goroutine library; see go_os.h for why.
#include "go_os.h"

#include "go_vdso.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/stat.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>

#define NS_PER_S INT64_C(1000000000)

struct timespec_pair {
  long sec, nsec; // the kernel's timespec on 64-bit machines
};

static struct timespec_pair from_ns(int64_t ns) {
  return (struct timespec_pair){(long)(ns / NS_PER_S), (long)(ns % NS_PER_S)};
}

bool rf_go_futex_wait(uint32_t *word, uint32_t expected, int64_t deadline) {
  // WAIT_BITSET takes an absolute monotonic time, so that an early return does not stretch the wait.
  struct timespec_pair until = from_ns(deadline < 0 ? 0 : deadline);
  long ret = rf_go_syscall(SYS_futex, (long)word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, expected,
                           deadline < 0 ? 0 : (long)&until, 0, FUTEX_BITSET_MATCH_ANY);
  return ret != -ETIMEDOUT;
}

void rf_go_futex_wake(uint32_t *word, int count) {
  rf_go_syscall(SYS_futex, (long)word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, count, 0, 0, 0);
}

static int clock_by_syscall(int clock, void *timespec) {
  return (int)rf_go_syscall(SYS_clock_gettime, clock, (long)timespec, 0, 0, 0, 0);
}

static rf_go_clock_fn *clock_fn(void) {
  static rf_go_clock_fn *found;
  rf_go_clock_fn *fn = __atomic_load_n(&found, __ATOMIC_RELAXED);
  if (fn)
    return fn;
  fn = rf_go_vdso_clock();
  if (!fn)
    fn = clock_by_syscall;
  __atomic_store_n(&found, fn, __ATOMIC_RELAXED);
  return fn;
}

int64_t rf_go_os_now(void) {
  struct timespec_pair now;
  clock_fn()(CLOCK_MONOTONIC, &now);
  return now.sec * NS_PER_S + now.nsec;
}

void rf_go_os_sleep_until(int64_t deadline) {
  struct timespec_pair until = from_ns(deadline);
  while (rf_go_syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, (long)&until, 0, 0, 0) == -EINTR)
    ;
}

void rf_go_os_yield(void) { rf_go_syscall(SYS_sched_yield, 0, 0, 0, 0, 0, 0); }

// The kernel's struct sigaction. libc's function would do, but the detector takes over what goes through that.
struct kernel_action {
  void (*handler)(int);
  unsigned long flags;
#if defined(__x86_64__)
  void (*restorer)(void);
#endif
  uint64_t mask;
};

#if defined(__x86_64__)
// How a handler returns. Debuggers and unwinders know a signal's frame by these very bytes.
void rf_go_os_restore(void);
__asm__(".text\n"
        ".hidden rf_go_os_restore\n"
        ".type rf_go_os_restore, @function\n"
        "rf_go_os_restore:\n"
        "  movq $15, %rax\n" // rt_sigreturn
        "  syscall\n"
        ".size rf_go_os_restore, . - rf_go_os_restore\n");
#define RESTORER_FLAG 0x04000000ul // SA_RESTORER, without which x86-64 delivers nothing
#else
#define RESTORER_FLAG 0ul
#endif

void rf_go_os_handle_default(int signal, void (*handler)(int)) {
  struct kernel_action old;
  struct kernel_action mine = {
    .handler = handler,
    .flags = SA_RESTART | SA_ONSTACK | RESTORER_FLAG,
#if defined(__x86_64__)
    .restorer = rf_go_os_restore,
#endif
    .mask = ~UINT64_C(0)
  };
  long error = rf_go_syscall(SYS_rt_sigaction, signal, 0, (long)&old, sizeof old.mask, 0, 0);
  if (!error && old.handler == SIG_DFL)
    rf_go_syscall(SYS_rt_sigaction, signal, (long)&mine, 0, sizeof mine.mask, 0, 0);
}

void rf_go_os_exit(int status) {
  for (;;)
    rf_go_syscall(SYS_exit_group, status, 0, 0, 0, 0, 0);
}

void *rf_go_os_map(size_t bytes) {
  long p = rf_go_syscall(SYS_mmap, 0, (long)bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return p < 0 && p > -4096 ? NULL : (void *)p;
}

static bool advise(void *p, size_t bytes, int how) {
  return rf_go_syscall(SYS_madvise, (long)p, (long)bytes, how, 0, 0, 0) == 0;
}

void *rf_go_os_map_stacks(size_t bytes) {
  long p = rf_go_syscall(SYS_mmap, 0, (long)bytes, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (p < 0 && p > -4096)
    return NULL;
  advise((void *)p, bytes, MADV_NOHUGEPAGE); // else the first touch may cost 2 MB
  return (void *)p;
}

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

bool rf_go_os_mark_guard(void *p, size_t bytes) { return advise(p, bytes, MADV_GUARD_INSTALL); }

bool rf_go_os_protect(void *p, size_t bytes) {
  return rf_go_syscall(SYS_mprotect, (long)p, (long)bytes, PROT_NONE, 0, 0, 0) == 0;
}

void rf_go_os_give_back(void *p, size_t bytes) { advise(p, bytes, MADV_DONTNEED); }

static long read_start(const char *path, char *to, size_t room) {
  long fd = rf_go_syscall(SYS_openat, AT_FDCWD, (long)path, O_RDONLY | O_CLOEXEC, 0, 0, 0);
  if (fd < 0)
    return fd;
  long n = rf_go_syscall(SYS_read, fd, (long)to, (long)room, 0, 0, 0);
  rf_go_syscall(SYS_close, fd, 0, 0, 0, 0, 0);
  return n;
}

uint64_t rf_go_os_read_number(const char *path) {
  char digits[32];
  const long n = read_start(path, digits, sizeof digits);
  uint64_t number = 0;
  for (long i = 0; i < n && digits[i] >= '0' && digits[i] <= '9'; i++)
    number = number * 10 + (uint64_t)(digits[i] - '0');
  return number;
}

void rf_go_os_unmap(void *p, size_t bytes) { rf_go_syscall(SYS_munmap, (long)p, (long)bytes, 0, 0, 0, 0); }

bool rf_go_os_wipe_on_fork(void *p, size_t bytes) {
  return rf_go_syscall(SYS_madvise, (long)p, (long)bytes, MADV_WIPEONFORK, 0, 0, 0) == 0;
}

void rf_go_os_write(int fd, const char *p, size_t n) {
  while (n > 0) {
    long done = rf_go_syscall(SYS_write, fd, (long)p, (long)n, 0, 0, 0);
    if (done == -EINTR)
      continue;
    if (done <= 0)
      return;
    p += done;
    n -= (size_t)done;
  }
}

long rf_go_os_thread_count(void) {
  struct statx st;
  long ret = rf_go_syscall(SYS_statx, AT_FDCWD, (long)"/proc/self/task", 0, STATX_NLINK, (long)&st, 0);
  // A link for each thread, and the two that every directory has (linux fs/proc/base.c, proc_task_getattr).
  return ret == 0 && st.stx_nlink > 2 ? (long)st.stx_nlink - 2 : -1;
}

bool rf_go_os_is_main_thread(void) {
  return rf_go_syscall(SYS_gettid, 0, 0, 0, 0, 0, 0) == rf_go_syscall(SYS_getpid, 0, 0, 0, 0, 0, 0);
}

uint32_t rf_go_os_thread_id(void) { return (uint32_t)rf_go_syscall(SYS_gettid, 0, 0, 0, 0, 0, 0); }

bool rf_go_os_thread_sleeps(uint32_t id) {
  static const char before[] = "/proc/self/task/", after[] = "/stat";
  char path[sizeof before + 10 + sizeof after], digits[10], stat[128];
  char *p = path;
  int count = 0;
  for (const char *s = before; *s;)
    *p++ = *s++;
  do
    digits[count++] = (char)('0' + id % 10);
  while (id /= 10);
  while (count)
    *p++ = digits[--count];
  for (const char *s = after; *s;)
    *p++ = *s++;
  *p = 0;
  // NUMBER (NAME) STATE ..., and the name may be anything of 15 bytes (proc(5)).
  for (long n = read_start(path, stat, sizeof stat) - 1; n > 0; n--)
    if (stat[n] == ')')
      return n + 2 < (long)sizeof stat && (stat[n + 2] == 'S' || stat[n + 2] == 'D');
  return false;
}

long rf_go_os_cpu_count(void) {
  unsigned long set[128]; // 8192 processors
  long bytes = rf_go_syscall(SYS_sched_getaffinity, 0, sizeof set, (long)set, 0, 0, 0);
  long n = 0;
  for (long i = 0; i < bytes / (long)sizeof set[0]; i++)
    n += __builtin_popcountl(set[i]);
  return n > 0 ? n : 1;
}

bool rf_go_os_may_spin(void) {
  enum { UNKNOWN, NO, YES };
  static uint32_t several;
  uint32_t known = __atomic_load_n(&several, __ATOMIC_RELAXED);
  if (known == UNKNOWN) {
    known = rf_go_os_cpu_count() > 1 ? YES : NO;
    __atomic_store_n(&several, known, __ATOMIC_RELAXED);
  }
  return known == YES;
}

#define SIGNAL_BIT(n) (UINT64_C(1) << ((n)-1))
#define FAULTS                                                                                                 \
  (SIGNAL_BIT(SIGSEGV) | SIGNAL_BIT(SIGBUS) | SIGNAL_BIT(SIGFPE) | SIGNAL_BIT(SIGILL) | SIGNAL_BIT(SIGTRAP) |  \
   SIGNAL_BIT(SIGSYS))
#define OF_LIBC (SIGNAL_BIT(32) | SIGNAL_BIT(33)) // cancellation, and setuid in all threads

uint64_t rf_go_os_signals_hold(void) {
  uint64_t mask = ~(FAULTS | OF_LIBC), before = 0;
  rf_go_syscall(SYS_rt_sigprocmask, SIG_BLOCK, (long)&mask, (long)&before, sizeof mask, 0, 0);
  return before;
}

void rf_go_os_signals_set(uint64_t mask) {
  rf_go_syscall(SYS_rt_sigprocmask, SIG_SETMASK, (long)&mask, 0, sizeof mask, 0, 0);
}

extern char **environ;

const char *rf_go_os_env(const char *name) {
  for (char **e = environ; e && *e; e++) {
    const char *have = *e, *want = name;
    while (*want && *have == *want)
      have++, want++;
    if (!*want && *have == '=')
      return have + 1;
  }
  return NULL;
}
