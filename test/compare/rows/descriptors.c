// Order through the kernel: what one thread writes into a descriptor happens before what another reads from it.
// The racy twin reads too late.
// list: invented
// kind: race
// flags: -D_GNU_SOURCE
// row: pipe | -DOPEN='pipe(fd)' -DPUT='write(fd[1],"x",1)' -DGET='read(fd[0],b,1)'
// row: end of file on a pipe | -DOPEN='pipe(fd)' -DPUT='close(fd[1])' -DGET='read(fd[0],b,1)' -DEND
// row: socket pair | -DOPEN='socketpair(AF_UNIX,SOCK_STREAM,0,fd)' -DPUT='send(fd[1],"x",1,0)' -DGET='recv(fd[0],b,1,0)'
// row: sendmsg, recvmsg | -DOPEN='socketpair(AF_UNIX,SOCK_DGRAM,0,fd)' -DPUT='message(1)' -DGET='message(0)'
// row: shutdown of a socket | -DOPEN='socketpair(AF_UNIX,SOCK_STREAM,0,fd)' -DPUT='shutdown(fd[1],SHUT_WR)' -DGET='read(fd[0],b,1)' -DEND
// row: eventfd | -DOPEN='(fd[0]=fd[1]=eventfd(0,0))' -DPUT='write(fd[1],&one,8)' -DGET='read(fd[0],b,8)'
// row: eventfd_write, eventfd_read | -DOPEN='(fd[0]=fd[1]=eventfd(0,0))' -DPUT='eventfd_write(fd[1],1)' -DGET='eventfd_read(fd[0],(void*)b)'
// row: poll, then nothing read | -DOPEN='pipe(fd)' -DPUT='write(fd[1],"x",1)' -DGET='polled()'
// row: select, then nothing read | -DOPEN='pipe(fd)' -DPUT='write(fd[1],"x",1)' -DGET='selected()'
// row: epoll, then nothing read | -DOPEN='pipe(fd)' -DPUT='write(fd[1],"x",1)' -DGET='epolled()'
// row: signalfd | -DOPEN='open_signal()' -DPUT='kill(getpid(),SIGUSR1)' -DGET='read(fd[0],b,128)'
// row: timerfd armed by one thread, read by another | -DOPEN='(fd[0]=fd[1]=timerfd_create(CLOCK_MONOTONIC,0))' -DPUT='arm()' -DGET='read(fd[0],b,8)'
// row: tee and splice | -DOPEN='pipe(fd)' -DPUT='write(fd[1],"x",1)' -DGET='spliced()'
// row: descriptor duplicated by dup | -DOPEN='pipe(fd)' -DPUT='write(dup(fd[1]),"x",1)' -DGET='read(dup(fd[0]),b,1)'
// row: stdio over a pipe | -DOPEN='pipe(fd)' -DPUT='put_file()' -DGET='get_file()'
// row: accept of a connection | -DOPEN='listening()' -DPUT='connecting()' -DGET='accept(fd[0],0,0)'
#include "row.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

long data;
static int fd[2];
static long one = 1;
static struct sockaddr_in address;

__attribute__((unused)) static int message(int out) {
  char x = 'x';
  struct iovec v = {&x, 1};
  struct msghdr h = {.msg_iov = &v, .msg_iovlen = 1};
  return (int)(out ? sendmsg(fd[1], &h, 0) : recvmsg(fd[0], &h, 0));
}
__attribute__((unused)) static int polled(void) { return poll(&(struct pollfd){fd[0], POLLIN, 0}, 1, -1); }
__attribute__((unused)) static int selected(void) {
  fd_set set;
  FD_ZERO(&set);
  FD_SET(fd[0], &set);
  return select(fd[0] + 1, &set, NULL, NULL, NULL);
}
__attribute__((unused)) static int epolled(void) {
  struct epoll_event e = {.events = EPOLLIN};
  const int ep = epoll_create1(0);
  epoll_ctl(ep, EPOLL_CTL_ADD, fd[0], &e);
  return epoll_wait(ep, &e, 1, -1);
}
__attribute__((unused)) static int open_signal(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &set, NULL);
  return fd[0] = signalfd(-1, &set, 0);
}
__attribute__((unused)) static int arm(void) {
  return timerfd_settime(fd[1], 0, &(struct itimerspec){.it_value = {0, 1000000}}, NULL);
}
__attribute__((unused)) static int spliced(void) {
  int through[2];
  char x;
  pipe(through);
  splice(fd[0], NULL, through[1], NULL, 1, 0);
  return (int)read(through[0], &x, 1);
}
__attribute__((unused)) static int put_file(void) {
  FILE *f = fdopen(fd[1], "w");
  fputs("x\n", f);
  return fclose(f);
}
__attribute__((unused)) static int get_file(void) {
  char line[10];
  FILE *f = fdopen(fd[0], "r");
  return fgets(line, sizeof line, f) != NULL;
}
__attribute__((unused)) static int listening(void) {
  socklen_t n = sizeof address;
  address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  fd[0] = socket(AF_INET, SOCK_STREAM, 0);
  bind(fd[0], (struct sockaddr *)&address, n);
  getsockname(fd[0], (struct sockaddr *)&address, &n);
  return listen(fd[0], 1);
}
__attribute__((unused)) static int connecting(void) {
  return connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&address, sizeof address);
}

static void *put(void *arg) {
  data = 1;
#ifndef RACY
  PUT;
#endif
  step();
#ifdef RACY
  await_step(2);
  PUT;
#endif
  return arg;
}

static void *get(void *arg) {
  char b[128];
#ifdef RACY
  await_step(1);
  data = 2;
  step();
#endif
  (void)(GET);
#ifndef RACY
  data = 2;
#endif
  (void)b;
  return arg;
}

int main(void) {
  (void)(OPEN);
  run_two(put, get, NULL);
}
