// The child is started as vfork does it, so that no memory is copied, and by a child in between that ends at
// once: the program's own wait() and SIGCHLD handlers see neither of the two. Signals wait meanwhile, for a
// handler must not run in a child that shares this memory. A socket pair serves as both pipes, since writing to
// one whose reader is gone can be told not to raise SIGPIPE.
#include "rf_spawn.h"

#include "rf_sys.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

struct job {
  const char *path;
  char *const *argv;
  int fd;            // the child's end
  volatile long pid; // set by the child in between
};

#define SIGNAL_SET_BYTES 8

static long set_mask(uint64_t set) {
  uint64_t old = 0;
  rf_sys(SYS_rt_sigprocmask, SIG_SETMASK, (long)&set, (long)&old, SIGNAL_SET_BYTES, 0, 0);
  return (long)old;
}

__attribute__((noinline)) static _Noreturn void leave(void) {
  for (;;)
    rf_sys(SYS_exit, 127, 0, 0, 0, 0, 0);
}

// Both children run on the stack of the caller, which is suspended until they exec or exit; neither returns.
__attribute__((noinline)) static _Noreturn void become(const struct job *j) {
  char *const environment[] = {NULL};
  const long null = rf_sys_open("/dev/null", O_WRONLY, 0);
  rf_sys(SYS_dup2, j->fd, 0, 0, 0, 0, 0);
  rf_sys(SYS_dup2, j->fd, 1, 0, 0, 0, 0);
  rf_sys(SYS_dup2, null, 2, 0, 0, 0, 0);
  // Descriptors of the program must not live longer in the child than in itself.
  if (rf_sys(SYS_close_range, 3, ~0u, 0, 0, 0, 0) < 0)
    for (int fd = 3; fd < 4096; fd++)
      rf_sys_close(fd);
  set_mask(0);
  rf_sys(SYS_execve, (long)j->path, (long)j->argv, (long)environment, 0, 0, 0);
  leave();
}

__attribute__((noinline)) static _Noreturn void between(struct job *j) {
  const long pid = rf_sys(SYS_clone, CLONE_VM | CLONE_VFORK | SIGCHLD, 0, 0, 0, 0, 0);
  if (pid == 0)
    become(j);
  j->pid = pid;
  leave();
}

__attribute__((noinline)) static bool start(struct job *j) {
  const uint64_t mask = (uint64_t)set_mask(~UINT64_C(0));
  // No signal at its end, so that only a wait that asks for clones finds it.
  const long pid = rf_sys(SYS_clone, CLONE_VM | CLONE_VFORK, 0, 0, 0, 0, 0);
  if (pid == 0)
    between(j);
  if (pid > 0)
    rf_sys(SYS_wait4, pid, 0, __WALL, 0, 0, 0);
  set_mask(mask);
  return pid > 0 && j->pid > 0;
}

static long now_ms(void) {
  struct timespec t;
  rf_sys(SYS_clock_gettime, CLOCK_MONOTONIC, (long)&t, 0, 0, 0, 0);
  return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

// Returns the bytes collected when the other side has closed, -1 when time is up.
static long talk(int fd, const char *input, size_t n, char *out, size_t cap, long deadline) {
  size_t sent = 0, got = 0;
  for (;;) {
    struct pollfd p = {fd, POLLIN | (sent < n ? POLLOUT : 0), 0};
    const long left = deadline - now_ms();
    if (left <= 0 || got == cap)
      return got == cap ? (long)got : -1;
    const long ready = rf_sys(SYS_poll, (long)&p, 1, left, 0, 0, 0);
    if (ready <= 0)
      continue; // a signal, or the time is up
    if (p.revents & POLLOUT && sent < n) {
      const long did = rf_sys(SYS_sendto, fd, (long)(input + sent), (long)(n - sent), MSG_NOSIGNAL | MSG_DONTWAIT, 0, 0);
      sent = did > 0 ? sent + (size_t)did : did == -11 /* EAGAIN */ ? sent : n;
      if (sent == n)
        rf_sys(SYS_shutdown, fd, SHUT_WR, 0, 0, 0, 0);
    }
    if (p.revents & (POLLIN | POLLHUP | POLLERR)) {
      const long did = rf_sys(SYS_recvfrom, fd, (long)(out + got), (long)(cap - got), MSG_DONTWAIT, 0, 0);
      if (did == 0 || (did < 0 && did != -11 && did != -4))
        return (long)got;
      got += did > 0 ? (size_t)did : 0;
    }
  }
}

long rf_spawn(const char *path, char *const *argv, const char *input, size_t n, char *out, size_t cap, long max_ms) {
  int pair[2];
  if (rf_sys(SYS_socketpair, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, (long)pair, 0, 0) < 0)
    return -1;
  struct job j = {path, argv, pair[1], 0};
  const bool started = start(&j);
  rf_sys_close(pair[1]);
  const long got = started ? talk(pair[0], input, n, out, cap, now_ms() + max_ms) : -1;
  if (started && got < 0)
    rf_sys(SYS_kill, j.pid, SIGKILL, 0, 0, 0, 0);
  rf_sys_close(pair[0]);
  return got;
}
