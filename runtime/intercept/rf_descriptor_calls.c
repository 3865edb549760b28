// Descriptors: what is written happens before it is read (POSIX XSH 4.12 leaves it to the data; a reader that
// got the bytes knows that they were written). Which writes a read depends on is known by what the descriptor
// is: a pipe's ends share an inode; a socket's peer may be any socket of this process, so all share one object;
// eventfd, timerfd and their kin go by number. Regular files and devices order nothing by themselves.
// Closing is a write: the reader's end of file depends on it.
#include "rf_intercept.h"
#include "rf_sys.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

// Objects of descriptors lie below every address that a program can have.
#define OBJECT_SOCKETS 0x8u
#define OBJECT_NUMBER(fd) (0x100u + 8u * ((unsigned)(fd) & 0x3ff))
#define OBJECT_PIPE(ino) (0x4000u + 8u * ((unsigned)(ino) & 0x3ff))

// 0: orders nothing.
static uintptr_t object_of(int fd) {
  struct stat st;
  if (rf_sys(SYS_fstat, fd, (long)&st, 0, 0, 0, 0))
    return 0;
  switch (st.st_mode & S_IFMT) {
  case S_IFIFO:
    return OBJECT_PIPE(st.st_ino);
  case S_IFSOCK:
    return OBJECT_SOCKETS;
  case 0: // anonymous inodes
    return OBJECT_NUMBER(fd);
  default:
    return 0;
  }
}

static void giving(int fd) {
  if (rf_stands_aside())
    return;
  const uintptr_t object = object_of(fd);
  if (object)
    RF_WITH_SELF(rf_sync_release_merge_at(&s->t, object); rf_thread_note_sync(&s->t, NULL, object));
}

static void got(int fd) {
  if (rf_stands_aside())
    return;
  const uintptr_t object = object_of(fd);
  if (object)
    RF_WITH_SELF(rf_sync_acquire_at(&s->t, object); rf_thread_note_sync(&s->t, NULL, object));
}

static void judge(const void *caller, const void *p, size_t n, uint64_t kind, const struct rf_libsite *site) {
  if (!n || rf_stands_aside() || !rf_modules_judge(caller))
    return;
  RF_WITH_SELF(rf_check(s, p, n, kind, NULL, site));
}
#define CALLER __builtin_return_address(0)

static void judge_vector(const void *caller, const struct iovec *v, int count, size_t n, uint64_t kind,
                         const struct rf_libsite *site) {
  for (int i = 0; i < count && n; i++) {
    const size_t part = v[i].iov_len < n ? v[i].iov_len : n;
    judge(caller, v[i].iov_base, part, kind, site);
    n -= part;
  }
}

// One row per function that fills a buffer: r is the number of bytes, or negative.
#define TAKE(name, params, args)                                                                             \
  RF_INTERCEPT(ssize_t, name, params) {                                                                      \
    static const struct rf_libsite site = RF_LIBSITE(#name);                                                 \
    if (!real_##name)                                                                                        \
      RF_READY();                                                                                            \
    const ssize_t r = real_##name args;                                                                      \
    const int saved = errno;                                                                                 \
    if (r >= 0) {                                                                                            \
      got(fd);                                                                                               \
      judge(CALLER, p, (size_t)r < n ? (size_t)r : n, RF_CELL_PLAIN | RF_CELL_WRITE, &site);                 \
    }                                                                                                        \
    errno = saved;                                                                                           \
    return r;                                                                                                \
  }
#define GIVE(name, params, args)                                                                             \
  RF_INTERCEPT(ssize_t, name, params) {                                                                      \
    static const struct rf_libsite site = RF_LIBSITE(#name);                                                 \
    if (!real_##name)                                                                                        \
      RF_READY();                                                                                            \
    judge(CALLER, p, n, RF_CELL_PLAIN, &site);                                                               \
    giving(fd);                                                                                              \
    return real_##name args;                                                                                 \
  }

TAKE(read, (int fd, void *p, size_t n), (fd, p, n))
TAKE(pread, (int fd, void *p, size_t n, off_t at), (fd, p, n, at))
TAKE(pread64, (int fd, void *p, size_t n, off64_t at), (fd, p, n, at))
TAKE(recv, (int fd, void *p, size_t n, int flags), (fd, p, n, flags))
TAKE(recvfrom, (int fd, void *restrict p, size_t n, int flags, struct sockaddr *restrict a, socklen_t *restrict l),
     (fd, p, n, flags, a, l))
GIVE(write, (int fd, const void *p, size_t n), (fd, p, n))
GIVE(pwrite, (int fd, const void *p, size_t n, off_t at), (fd, p, n, at))
GIVE(pwrite64, (int fd, const void *p, size_t n, off64_t at), (fd, p, n, at))
GIVE(send, (int fd, const void *p, size_t n, int flags), (fd, p, n, flags))
GIVE(sendto, (int fd, const void *p, size_t n, int flags, const struct sockaddr *a, socklen_t l),
     (fd, p, n, flags, a, l))

RF_INTERCEPT(ssize_t, readv, (int fd, const struct iovec *v, int count)) {
  static const struct rf_libsite site = RF_LIBSITE("readv");
  const ssize_t r = real_readv(fd, v, count);
  const int saved = errno;
  if (r >= 0) {
    got(fd);
    judge_vector(CALLER, v, count, (size_t)r, RF_CELL_PLAIN | RF_CELL_WRITE, &site);
  }
  errno = saved;
  return r;
}

RF_INTERCEPT(ssize_t, writev, (int fd, const struct iovec *v, int count)) {
  static const struct rf_libsite site = RF_LIBSITE("writev");
  judge_vector(CALLER, v, count, SIZE_MAX, RF_CELL_PLAIN, &site);
  giving(fd);
  return real_writev(fd, v, count);
}

RF_INTERCEPT(ssize_t, recvmsg, (int fd, struct msghdr *m, int flags)) {
  static const struct rf_libsite site = RF_LIBSITE("recvmsg");
  const ssize_t r = real_recvmsg(fd, m, flags);
  const int saved = errno;
  if (r >= 0) {
    got(fd);
    judge_vector(CALLER, m->msg_iov, (int)m->msg_iovlen, (size_t)r, RF_CELL_PLAIN | RF_CELL_WRITE, &site);
  }
  errno = saved;
  return r;
}

RF_INTERCEPT(ssize_t, sendmsg, (int fd, const struct msghdr *m, int flags)) {
  static const struct rf_libsite site = RF_LIBSITE("sendmsg");
  judge_vector(CALLER, m->msg_iov, (int)m->msg_iovlen, SIZE_MAX, RF_CELL_PLAIN, &site);
  giving(fd);
  return real_sendmsg(fd, m, flags);
}

// ---- Calls without a buffer: connect, accept and close say something to the other side ----

#define TELL(name, params, args)                                                                             \
  RF_INTERCEPT(int, name, params) {                                                                          \
    if (!real_##name)                                                                                        \
      RF_READY();                                                                                            \
    giving(fd);                                                                                              \
    return real_##name args;                                                                                 \
  }
#define HEAR(name, params, args)                                                                             \
  RF_INTERCEPT(int, name, params) {                                                                          \
    const int r = real_##name args;                                                                          \
    const int saved = errno;                                                                                 \
    if (r >= 0)                                                                                              \
      got(fd);                                                                                               \
    errno = saved;                                                                                           \
    return r;                                                                                                \
  }
TELL(close, (int fd), (fd))
TELL(shutdown, (int fd, int how), (fd, how))
TELL(connect, (int fd, const struct sockaddr *a, socklen_t n), (fd, a, n))
TELL(eventfd_write, (int fd, eventfd_t v), (fd, v))
TELL(epoll_ctl, (int fd, int op, int of, struct epoll_event *e), (fd, op, of, e))
HEAR(accept, (int fd, struct sockaddr *restrict a, socklen_t *restrict n), (fd, a, n))
HEAR(accept4, (int fd, struct sockaddr *restrict a, socklen_t *restrict n, int flags), (fd, a, n, flags))
HEAR(eventfd_read, (int fd, eventfd_t *v), (fd, v))
HEAR(epoll_wait, (int fd, struct epoll_event *e, int n, int ms), (fd, e, n, ms))
HEAR(epoll_pwait, (int fd, struct epoll_event *e, int n, int ms, const sigset_t *mask), (fd, e, n, ms, mask))
