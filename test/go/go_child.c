// See go_child.h.
#include "go_child.h"

#include "go_tests.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_S 60 // for what takes milliseconds on a machine that is not busy

char child_said[CHILD_SAID_BYTES];

static void read_all(int fd) {
  size_t n = 0;
  char beyond[4096]; // whatever has no room is read too, or the child would wait for a reader
  for (;;) {
    size_t room = sizeof child_said - 1 - n;
    ssize_t got = room ? read(fd, child_said + n, room) : read(fd, beyond, sizeof beyond);
    if (got <= 0)
      break;
    n += room ? (size_t)got : 0;
  }
  child_said[n] = 0;
}

int child_run(void (*body)(void)) {
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  fflush(NULL);
  pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    dup2(ends[1], 2);
    alarm(PATIENCE_S);
    body();
    _exit(0);
  }
  close(ends[1]);
  read_all(ends[0]);
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void child_ends(void (*body)(void), const char *message) {
  int status = child_run(body);
  if (status != 2 || strncmp(child_said, message, strlen(message)) != 0)
    fail_msg("status %d, expected 2 and %s\ngot %s", status, message, child_said);
}

void child_says(const char *part) {
  if (!strstr(child_said, part))
    fail_msg("expected %s in\n%s", part, child_said);
}
