#include "child.h"

#include "fail.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define GRACE_SECONDS 5 // between TERM and KILL

enum { STATUS_TIMEOUT = 124, STATUS_NOT_RUNNABLE = 126, STATUS_NOT_FOUND = 127, STATUS_SIGNAL = 128 };

static volatile sig_atomic_t forwarded;
static pid_t child;

// kill() may be called from a handler (POSIX XSH 2.4.3).
static void forward(int signal) {
  const int error = errno;
  forwarded = signal;
  if (child > 0)
    kill(-child, signal);
  errno = error;
}

static void ignore(int signal) { (void)signal; }

// ---- The child's side ----

_Noreturn static void become(char **argv, const char *variable, const char *value, const sigset_t *mask,
                             int tell) {
  setpgid(0, 0);
  if (isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) == getpgid(getppid()))
    tcsetpgrp(STDIN_FILENO, getpid()); // TTOU is blocked
  sigprocmask(SIG_SETMASK, mask, NULL);
  setenv(variable, value, 1);
  execvp(argv[0], argv);
  const int error = errno;
  if (write(tell, &error, sizeof error) < 0)
    _exit(STATUS_NOT_RUNNABLE);
  _exit(error == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_RUNNABLE);
}

// ---- Ours ----

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

// SIGCHLD is blocked, and wakes us. until: 0 waits for ever. False: the time is over.
static bool wait_until(double until, int *status) {
  sigset_t wakes;
  sigemptyset(&wakes);
  sigaddset(&wakes, SIGCHLD);
  for (;;) {
    const pid_t r = waitpid(child, status, WNOHANG);
    if (r == child || (r < 0 && errno != EINTR))
      return true;
    double left = until - now();
    if (until > 0 && left <= 0)
      return false;
    if (until <= 0 || left > 3600)
      left = 3600;
    const struct timespec pause = {(time_t)left, (long)((left - (double)(time_t)left) * 1e9)};
    sigtimedwait(&wakes, NULL, &pause);
  }
}

// The whole group: children that ignore TERM, or that outlive the command, go with it.
static void end_group(int *status) {
  kill(-child, SIGTERM);
  kill(-child, SIGCONT);
  if (!wait_until(now() + GRACE_SECONDS, status)) {
    kill(-child, SIGKILL);
    wait_until(0, status);
  }
  kill(-child, SIGKILL);
}

static void catch (int signal, void (*handler)(int), struct sigaction *before) {
  struct sigaction a = {.sa_handler = handler};
  sigaction(signal, &a, before);
}

struct child_end child_run(char **argv, const char *variable, const char *value, long timeout) {
  static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
  struct sigaction former[4], former_child;
  struct child_end end = {0};
  int tell[2], error = 0, status = 0;
  sigset_t block, mask;
  sigemptyset(&block);
  sigaddset(&block, SIGCHLD);
  sigaddset(&block, SIGTTOU);
  for (int i = 0; i < 4; i++)
    sigaddset(&block, signals[i]); // until there is a child to forward them to
  sigprocmask(SIG_BLOCK, &block, &mask);
  catch (SIGCHLD, ignore, &former_child); // were it ignored, no status would be left to wait for
  forwarded = 0;
  if (pipe2(tell, O_CLOEXEC))
    fail(STATUS_FAILED, "cannot make a pipe: %s", strerror(errno));
  const bool foreground = isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) == getpgrp();
  child = fork();
  if (child < 0)
    fail(STATUS_FAILED, "cannot make a process: %s", strerror(errno));
  if (!child) {
    close(tell[0]);
    become(argv, variable, value, &mask, tell[1]);
  }
  setpgid(child, child); // whoever comes first
  close(tell[1]);
  for (int i = 0; i < 4; i++)
    catch (signals[i], forward, &former[i]);
  sigset_t forwards = block;
  sigdelset(&forwards, SIGCHLD);
  sigdelset(&forwards, SIGTTOU);
  sigprocmask(SIG_UNBLOCK, &forwards, NULL);
  ssize_t got;
  while ((got = read(tell[0], &error, sizeof error)) < 0 && errno == EINTR)
    ;
  close(tell[0]);
  if (!wait_until(timeout ? now() + (double)timeout : 0, &status)) {
    end.timed_out = true;
    end_group(&status);
  }
  if (foreground)
    tcsetpgrp(STDIN_FILENO, getpgrp());
  if (got == (ssize_t)sizeof error)
    say("%s: cannot be run: %s", argv[0], strerror(error));
  end.status = WIFSIGNALED(status) ? STATUS_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
  if (end.timed_out)
    end.status = STATUS_TIMEOUT;
  end.stopped = forwarded || got > 0 ||
                (WIFSIGNALED(status) && (WTERMSIG(status) == SIGINT || WTERMSIG(status) == SIGQUIT));
  child = 0;
  for (int i = 0; i < 4; i++)
    sigaction(signals[i], &former[i], NULL);
  sigaction(SIGCHLD, &former_child, NULL);
  sigprocmask(SIG_SETMASK, &mask, NULL);
  return end;
}
