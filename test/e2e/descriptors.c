// Data handed over through a descriptor is ordered; what the writer does after the write is not.
// RUN: for p in PIPE SOCKETPAIR EVENTFD PIPE_EOF; do \
// RUN:   %cc -O1 -D$p %s -o %t && %clean -n 5 %t || exit 1; \
// RUN:   %cc -O1 -D$p -DRACY %s -o %t && %racy %t | FileCheck %s || exit 1; done
// CHECK: WARNING: Redflag: data race on variable `shared`
#include "Inputs/meet.h"
#include <pthread.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

static int shared, fd[2], turn;

static void *reader(void *arg) {
  uint64_t v;
#ifdef PIPE_EOF
  if (read(fd[0], &v, sizeof v) != 0)
    return arg;
#else
  if (read(fd[0], &v, sizeof v) != sizeof v)
    return arg;
#endif
  hidden_wait(&turn, 1);
  return (void *)(intptr_t)(shared == 1 ? 0 : 3);
}

int main(void) {
  pthread_t t;
  void *r;
  const uint64_t one = 1;
#if defined(PIPE) || defined(PIPE_EOF)
  if (pipe(fd))
    return 2;
#elif defined(SOCKETPAIR)
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd))
    return 2;
#else
  fd[0] = fd[1] = eventfd(0, 0);
#endif
  pthread_create(&t, NULL, reader, NULL);
#ifndef RACY
  shared = 1;
#endif
#ifdef PIPE_EOF
  close(fd[1]);
#else
  if (write(fd[1], &one, sizeof one) != sizeof one)
    return 2;
#endif
#ifdef RACY
  shared = 1;
#endif
  hidden_add(&turn);
  pthread_join(t, &r);
  return (int)(intptr_t)r;
}
