// The operating system as the goroutine library sees it: raw system calls and nothing of libc, because the
// detector intercepts libc and would take the library's own waiting for synchronisation of the program.
// Invariant: nothing here changes errno.
#ifndef GO_OS_H
#define GO_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A raw system call; returns the kernel's result, -errno on failure.
static inline long rf_go_syscall(long nr, long a, long b, long c, long d, long e, long f) {
#if defined(__x86_64__)
  long ret;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "=a"(ret)
                   : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return ret;
#elif defined(__aarch64__)
  register long x8 __asm__("x8") = nr;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
#else
#error "the goroutine library knows the system calls of x86-64 and AArch64 only"
#endif
}

static inline void rf_go_cpu_relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#else
  __asm__ volatile("yield");
#endif
}

// Waits while *word == expected, until somebody wakes the word or the monotonic clock reaches deadline (ns;
// negative: never). May return early for no reason. Returns false when the deadline has passed.
bool rf_go_futex_wait(uint32_t *word, uint32_t expected, int64_t deadline);
// Wakes up to count waiters of word. The word may already be unmapped or reused.
void rf_go_futex_wake(uint32_t *word, int count);

// Monotonic time in nanoseconds.
int64_t rf_go_os_now(void);
// Sleeps until the monotonic clock reaches deadline, signals or not.
void rf_go_os_sleep_until(int64_t deadline);
void rf_go_os_yield(void);
// Zeroed pages. NULL: the system has none left.
void *rf_go_os_map(size_t bytes);
void rf_go_os_unmap(void *p, size_t bytes);
// Asks the kernel to zero the pages in a child of fork. False: it cannot (before Linux 4.14).
bool rf_go_os_wipe_on_fork(void *p, size_t bytes);
// Address space for stacks: pages come as they are touched, one by one. NULL: there is none left.
void *rf_go_os_map_stacks(size_t bytes);
// Makes pages fault from now on. mark: without a mapping of their own (Linux 6.13). False: it cannot.
bool rf_go_os_mark_guard(void *p, size_t bytes);
bool rf_go_os_protect(void *p, size_t bytes);
// The pages are zero when they are touched next.
void rf_go_os_give_back(void *p, size_t bytes);
// A number from a file of one line, 0: there is none.
uint64_t rf_go_os_read_number(const char *path);
// Writes all of [p, p+n) to the descriptor, giving up on errors other than EINTR.
void rf_go_os_write(int fd, const char *p, size_t n);
// Handles a signal that has its default meaning; leaves any other alone. The handler runs with all signals
// blocked.
void rf_go_os_handle_default(int signal, void (*handler)(int));
// Ends the process at once: nothing is flushed, no exit handler runs.
_Noreturn void rf_go_os_exit(int status);
// Number of threads of this process as the kernel counts them, -1 when /proc does not tell.
long rf_go_os_thread_count(void);
// True on the process's first thread.
bool rf_go_os_is_main_thread(void);
long rf_go_os_cpu_count(void);
// Another processor may do meanwhile what the caller waits for.
bool rf_go_os_may_spin(void);
uint32_t rf_go_os_thread_id(void);
// A thread of this process waits in the kernel at this moment. False also if /proc does not tell.
bool rf_go_os_thread_sleeps(uint32_t id);
// Blocks the signals of the calling thread but faults and those that the C library needs; returns the mask before,
// bit n-1 for signal n.
uint64_t rf_go_os_signals_hold(void);
void rf_go_os_signals_set(uint64_t mask);
// The value of an environment variable, NULL when unset.
const char *rf_go_os_env(const char *name);

#endif
