// A connection orders its own two ends and nothing else: the twin writes to one and reads from another.
// RUN: for p in PAIR TCP; do %cc -O1 -D$p %s -o %t && %clean -n 3 %t || exit 1; \
// RUN:   %cc -O1 -D$p -DRACY %s -o %t && %racy %t | FileCheck %s || exit 1; done
// CHECK: WARNING: Redflag: data race on variable `shared`
#include "Inputs/meet.h"
#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

static int shared, turn, one[2], two[2];

static void connection(int fd[2]) {
#ifdef PAIR
  socketpair(AF_UNIX, SOCK_STREAM, 0, fd);
#else
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t n = sizeof a;
  const int server = socket(AF_INET, SOCK_STREAM, 0);
  bind(server, (struct sockaddr *)&a, n);
  listen(server, 1);
  getsockname(server, (struct sockaddr *)&a, &n);
  fd[0] = socket(AF_INET, SOCK_STREAM, 0);
  connect(fd[0], (struct sockaddr *)&a, n);
  fd[1] = accept(server, NULL, NULL);
  close(server);
  char c; // each end has been used
  if (write(fd[0], "x", 1) != 1 || read(fd[1], &c, 1) != 1 || write(fd[1], "x", 1) != 1 || read(fd[0], &c, 1) != 1)
    _exit(2);
#endif
}

static void *first(void *p) {
  shared = 1;
  if (write(one[0], "x", 1) != 1)
    return NULL;
  hidden_add(&turn);
  return p;
}

static void *second(void *p) {
  char c;
  hidden_wait(&turn, 1);
#ifdef RACY
  const int fd = two[1];
#else
  const int fd = one[1];
#endif
  if (read(fd, &c, 1) == 1)
    shared = 2;
  return p;
}

int main(void) {
  pthread_t a, b;
  connection(one);
  connection(two);
  if (write(two[0], "x", 1) != 1)
    return 2;
  pthread_create(&a, NULL, first, NULL);
  pthread_create(&b, NULL, second, NULL);
  pthread_join(a, NULL);
  pthread_join(b, NULL);
  return shared != 2;
}
