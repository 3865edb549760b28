#include "capture.h"

#include "fail.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { STATUS_TIMEOUT = 124, STATUS_NOT_FOUND = 127, STATUS_SIGNAL = 128 };

static long now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

_Noreturn static void become(char *const *argv, int out) {
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  setpgid(0, 0);
  if (null >= 0)
    dup2(null, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(out, STDERR_FILENO);
  execvp(argv[0], argv);
  dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
  _exit(STATUS_NOT_FOUND);
}

// Until the streams are closed. False: the time is over.
static bool read_all(int from, long until, struct buffer *text) {
  char chunk[4096];
  for (;;) {
    struct pollfd p = {from, POLLIN, 0};
    const long left = until - now_ms();
    const int ready = left > 0 ? poll(&p, 1, (int)left) : 0;
    if (ready < 0 && errno == EINTR)
      continue;
    if (ready <= 0)
      return false;
    const ssize_t n = read(from, chunk, sizeof chunk);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return true;
    if (text->len < CAPTURE_MAX)
      buffer_add_n(text, chunk, (size_t)n);
  }
}

struct capture capture_run(char *const *argv, long seconds) {
  struct capture c = {0};
  int ends[2], status = 0;
  if (pipe2(ends, O_CLOEXEC))
    fail(STATUS_FAILED, "cannot make a pipe: %s", strerror(errno));
  fflush(NULL);
  const pid_t child = fork();
  if (child < 0)
    fail(STATUS_FAILED, "cannot make a process: %s", strerror(errno));
  if (!child)
    become(argv, ends[1]);
  close(ends[1]);
  const bool ended = read_all(ends[0], now_ms() + seconds * 1000, &c.text);
  close(ends[0]);
  if (!ended)
    kill(-child, SIGKILL);
  while (waitpid(child, &status, 0) < 0 && errno == EINTR)
    ;
  c.status = !ended                ? STATUS_TIMEOUT
             : WIFSIGNALED(status) ? STATUS_SIGNAL + WTERMSIG(status)
                                   : WEXITSTATUS(status);
  return c;
}

static bool has_word(const char *line, size_t n, const char *const *words) {
  for (; *words; words++)
    if (memmem(line, n, *words, strlen(*words)))
      return true;
  return false;
}

const char *capture_line(const struct capture *c, const char *const *words) {
  static char kept[512];
  const char *found = buffer_text(&c->text);
  for (const char *line = found; *line;) {
    const size_t n = strcspn(line, "\n");
    if (has_word(line, n, words)) {
      found = line;
      break;
    }
    line += n + (line[n] == '\n');
  }
  snprintf(kept, sizeof kept, "%.*s", (int)strcspn(found, "\n"), found);
  return kept;
}
