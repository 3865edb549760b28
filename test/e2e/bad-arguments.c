// What the kernel refuses, it still refuses: a path of NULL is EFAULT, not a crash, and errno is kept.
// RUN: %cc -O1 -w %s -o %t && %clean %t
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static _Atomic int failures;
static void expect(long r, int error) {
  if (r != -1 || errno != error) {
    failures++;
    perror("expected another error");
  }
  errno = 0;
}

static void *user(void *nothing) {
  struct stat st;
  expect(stat(nothing, &st), EFAULT);
  expect(access(nothing, 0), EFAULT);
  expect(unlink(nothing), EFAULT);
  expect(chdir(nothing), EFAULT);
  expect(readlink(nothing, (char *)&st, 9), EFAULT);
  expect(fcntl(-1, F_GETFL), EBADF);
  expect(fcntl(-1, F_SETFD, FD_CLOEXEC), EBADF);
  expect(close(-1), EBADF);
  expect(read(-1, &st, 1), EBADF);
  expect(syscall(SYS_close, -1), EBADF);
  expect(syscall(SYS_mmap, 0, 4096, 3, 0x22, -1, 1L), EINVAL); // the sixth argument: an odd offset
  return nothing;
}

int main(void) {
  pthread_t t, other;
  pthread_create(&t, NULL, user, NULL);
  pthread_create(&other, NULL, user, NULL);
  pthread_join(t, NULL);
  pthread_join(other, NULL);
  return failures;
}
