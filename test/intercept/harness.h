// What the generated programs share: two threads, put in order out of the detector's sight.
#include "../e2e/Inputs/meet.h"
#include <arpa/inet.h>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <exception>
#include <fcntl.h>
#include <grp.h>
#include <iconv.h>
#include <inttypes.h>
#include <linux/futex.h>
#include <mqueue.h>
#include <netdb.h>
#include <new>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/times.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>
#include <utility>
#include <wchar.h>

static int turn;                 // hidden: how far the first thread is

static timespec *soon() {
  static thread_local timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  t.tv_sec += 20;
  return &t;
}

static sigset_t *signals(int n) {
  static thread_local sigset_t s;
  sigemptyset(&s);
  sigaddset(&s, n);
  return &s;
}

static void block_signals() {
  for (int n : {SIGUSR1, SIGUSR2, SIGALRM})
    pthread_sigmask(SIG_BLOCK, signals(n), NULL);
}

static int listening() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in a = {AF_INET};
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  bind(fd, (sockaddr *)&a, sizeof a);
  listen(fd, 1);
  return fd;
}

static sockaddr *address_of(int fd) {
  static sockaddr_in a;
  socklen_t n = sizeof a;
  getsockname(fd, (sockaddr *)&a, &n);
  return (sockaddr *)&a;
}

static void streams(FILE **in, FILE **out) {
  int fd[2];
  pipe(fd);
  *in = fdopen(fd[0], "r");
  *out = fdopen(fd[1], "w");
}
