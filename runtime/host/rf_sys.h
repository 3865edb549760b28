// Every system call the runtime makes, by number and without libc, so that errno, cancellation points and
// interposed wrappers of the program are never involved. Each returns the kernel's value: negative errno on
// failure. x86-64 Linux.
#ifndef RF_SYS_H
#define RF_SYS_H

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

// What a filter of the program's forbids is not done (rf_filter.h).
#define RF_SYS_NUMBERS 512
extern uint8_t rf_sys_forbidden[RF_SYS_NUMBERS];
extern bool rf_sys_filtered;

static inline long rf_sys(long n, long a, long b, long c, long d, long e, long f) {
  if (__builtin_expect(rf_sys_filtered, 0) && n < RF_SYS_NUMBERS && rf_sys_forbidden[n])
    return -1; // EPERM
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  long ret;
  __asm__ volatile("syscall"
                   : "=a"(ret)
                   : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return ret;
}

static inline long rf_sys_mmap(uintptr_t at, size_t n, int prot, int flags, int fd) {
  return rf_sys(SYS_mmap, (long)at, (long)n, prot, flags, fd, 0);
}
static inline long rf_sys_munmap(uintptr_t at, size_t n) { return rf_sys(SYS_munmap, (long)at, (long)n, 0, 0, 0, 0); }
static inline long rf_sys_madvise(uintptr_t at, size_t n, int advice) {
  return rf_sys(SYS_madvise, (long)at, (long)n, advice, 0, 0, 0);
}
static inline long rf_sys_open(const char *path, int flags, int mode) {
  return rf_sys(SYS_openat, AT_FDCWD, (long)path, flags, mode, 0, 0); // filters often leave out the older open
}
static inline long rf_sys_close(int fd) { return rf_sys(SYS_close, fd, 0, 0, 0, 0, 0); }
static inline long rf_sys_read(int fd, void *p, size_t n) { return rf_sys(SYS_read, fd, (long)p, (long)n, 0, 0, 0); }
static inline long rf_sys_write(int fd, const void *p, size_t n) {
  return rf_sys(SYS_write, fd, (long)p, (long)n, 0, 0, 0);
}
static inline long rf_sys_yield(void) { return rf_sys(SYS_sched_yield, 0, 0, 0, 0, 0, 0); }
static inline long rf_sys_gettid(void) { return rf_sys(SYS_gettid, 0, 0, 0, 0, 0, 0); }
extern long rf_process_id;
static inline long rf_sys_getpid(void) {
  const long pid = rf_sys(SYS_getpid, 0, 0, 0, 0, 0, 0);
  return pid < 0 ? rf_process_id : pid; // forbidden
}
static inline long rf_sys_futex(_Atomic uint32_t *word, int op, uint32_t value) {
  return rf_sys(SYS_futex, (long)word, op, value, 0, 0, 0);
}
static inline long rf_sys_membarrier(int cmd) { return rf_sys(SYS_membarrier, cmd, 0, 0, 0, 0, 0); }
static inline void rf_sys_sleep_ms(long ms) {
  const long pause[2] = {ms / 1000, ms % 1000 * 1000000}; // struct timespec
  rf_sys(SYS_nanosleep, (long)pause, 0, 0, 0, 0, 0);
}
_Noreturn static inline void rf_sys_exit(int status) {
  rf_sys(SYS_exit_group, status, 0, 0, 0, 0, 0);
  rf_sys(SYS_exit, status, 0, 0, 0, 0, 0); // all that a filter leaves, perhaps
  __builtin_trap();
}

#endif
