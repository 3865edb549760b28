// Descriptors: what is written happens before it is read (POSIX XSH 4.12 leaves it to the data; a reader that
// got the bytes knows that they were written). Which writes a read depends on, rf_descriptor.c knows.
// Closing is a write: the reader's end of file depends on it. A reader that makes room in a full pipe or
// socket says nothing to the writer.
#include "rf_object.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <unistd.h>

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
      rf_fd_take(fd);                                                                                        \
      rf_fd_take_signals(fd, p, (size_t)r);                                                                  \
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
    rf_fd_give(fd);                                                                                              \
    return real_##name args;                                                                                 \
  }

TAKE(read, (int fd, void *p, size_t n), (fd, p, n))
TAKE(__read_chk, (int fd, void *p, size_t n, size_t room), (fd, p, n, room))
TAKE(__recv_chk, (int fd, void *p, size_t n, size_t room, int flags), (fd, p, n, room, flags))
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
    rf_fd_take(fd);
    judge_vector(CALLER, v, count, (size_t)r, RF_CELL_PLAIN | RF_CELL_WRITE, &site);
  }
  errno = saved;
  return r;
}

RF_INTERCEPT(ssize_t, writev, (int fd, const struct iovec *v, int count)) {
  static const struct rf_libsite site = RF_LIBSITE("writev");
  judge_vector(CALLER, v, count, SIZE_MAX, RF_CELL_PLAIN, &site);
  rf_fd_give(fd);
  return real_writev(fd, v, count);
}

RF_INTERCEPT(ssize_t, recvmsg, (int fd, struct msghdr *m, int flags)) {
  static const struct rf_libsite site = RF_LIBSITE("recvmsg");
  const ssize_t r = real_recvmsg(fd, m, flags);
  const int saved = errno;
  if (r >= 0) {
    rf_fd_take(fd);
    judge_vector(CALLER, m->msg_iov, (int)m->msg_iovlen, (size_t)r, RF_CELL_PLAIN | RF_CELL_WRITE, &site);
  }
  errno = saved;
  return r;
}

RF_INTERCEPT(ssize_t, sendmsg, (int fd, const struct msghdr *m, int flags)) {
  static const struct rf_libsite site = RF_LIBSITE("sendmsg");
  judge_vector(CALLER, m->msg_iov, (int)m->msg_iovlen, SIZE_MAX, RF_CELL_PLAIN, &site);
  rf_fd_give(fd);
  return real_sendmsg(fd, m, flags);
}

RF_INTERCEPT(ssize_t, preadv, (int fd, const struct iovec *v, int count, off_t at)) {
  static const struct rf_libsite site = RF_LIBSITE("preadv");
  const ssize_t r = real_preadv(fd, v, count, at);
  if (r >= 0)
    judge_vector(CALLER, v, count, (size_t)r, RF_CELL_PLAIN | RF_CELL_WRITE, &site);
  return r;
}

RF_INTERCEPT(ssize_t, pwritev, (int fd, const struct iovec *v, int count, off_t at)) {
  static const struct rf_libsite site = RF_LIBSITE("pwritev");
  judge_vector(CALLER, v, count, SIZE_MAX, RF_CELL_PLAIN, &site);
  return real_pwritev(fd, v, count, at);
}

RF_INTERCEPT(int, recvmmsg, (int fd, struct mmsghdr *m, unsigned n, int flags, struct timespec *t)) {
  static const struct rf_libsite site = RF_LIBSITE("recvmmsg");
  const int r = real_recvmmsg(fd, m, n, flags, t);
  if (r > 0)
    rf_fd_take(fd);
  for (int i = 0; i < r; i++)
    judge_vector(CALLER, m[i].msg_hdr.msg_iov, (int)m[i].msg_hdr.msg_iovlen, m[i].msg_len,
                 RF_CELL_PLAIN | RF_CELL_WRITE, &site);
  return r;
}

RF_INTERCEPT(int, sendmmsg, (int fd, struct mmsghdr *m, unsigned n, int flags)) {
  static const struct rf_libsite site = RF_LIBSITE("sendmmsg");
  for (unsigned i = 0; i < n; i++)
    judge_vector(CALLER, m[i].msg_hdr.msg_iov, (int)m[i].msg_hdr.msg_iovlen, SIZE_MAX, RF_CELL_PLAIN, &site);
  rf_fd_give(fd);
  return real_sendmmsg(fd, m, n, flags);
}

// ---- From descriptor to descriptor ----

#define MOVE(name, params, args)                                                                             \
  RF_INTERCEPT(ssize_t, name, params) {                                                                      \
    if (!real_##name)                                                                                        \
      RF_READY();                                                                                            \
    rf_fd_give(out);                                                                                         \
    const ssize_t r = real_##name args;                                                                      \
    if (r >= 0)                                                                                              \
      rf_fd_take(in);                                                                                        \
    return r;                                                                                                \
  }
MOVE(splice, (int in, off64_t *ia, int out, off64_t *oa, size_t n, unsigned flags), (in, ia, out, oa, n, flags))
MOVE(tee, (int in, int out, size_t n, unsigned flags), (in, out, n, flags))
MOVE(sendfile, (int out, int in, off_t *at, size_t n), (out, in, at, n))
MOVE(sendfile64, (int out, int in, off64_t *at, size_t n), (out, in, at, n))
RF_INTERCEPT(ssize_t, vmsplice, (int fd, const struct iovec *v, size_t count, unsigned flags)) {
  static const struct rf_libsite site = RF_LIBSITE("vmsplice");
  judge_vector(CALLER, v, (int)count, SIZE_MAX, RF_CELL_PLAIN, &site);
  rf_fd_give(fd);
  return real_vmsplice(fd, v, count, flags);
}

// ---- Calls without a buffer: connect, accept and close say something to the other side ----

#define TELL(name, params, args)                                                                             \
  RF_INTERCEPT(int, name, params) {                                                                          \
    if (!real_##name)                                                                                        \
      RF_READY();                                                                                            \
    rf_fd_give(fd);                                                                                              \
    return real_##name args;                                                                                 \
  }
#define HEAR(name, params, args)                                                                             \
  RF_INTERCEPT(int, name, params) {                                                                          \
    const int r = real_##name args;                                                                          \
    const int saved = errno;                                                                                 \
    if (r >= 0)                                                                                              \
      rf_fd_take(fd);                                                                                               \
    errno = saved;                                                                                           \
    return r;                                                                                                \
  }
RF_INTERCEPT(int, close, (int fd)) {
  if (!real_close)
    RF_READY();
  rf_fd_give(fd);
  rf_file_lock_closing(fd);
  rf_fd_closing(fd); // before: afterwards the number may be another's
  return real_close(fd);
}
TELL(shutdown, (int fd, int how), (fd, how))
RF_INTERCEPT(int, connect, (int fd, const struct sockaddr *a, socklen_t n)) {
  if (!real_connect)
    RF_READY();
  rf_fd_give(fd);
  rf_give(rf_object(RF_OBJECT_ONE, RF_ONE_CONNECTIONS));
  const int r = real_connect(fd, a, n);
  if (!r)
    rf_fd_connected(fd);
  return r;
}
TELL(eventfd_write, (int fd, eventfd_t v), (fd, v))
TELL(timerfd_settime, (int fd, int flags, const struct itimerspec *t, struct itimerspec *old), (fd, flags, t, old))
HEAR(eventfd_read, (int fd, eventfd_t *v), (fd, v))

// ---- Birth of descriptors ----

#define ACCEPT(name, params, args)                                                                           \
  RF_INTERCEPT(int, name, params) {                                                                          \
    const int r = real_##name args;                                                                          \
    if (r >= 0) {                                                                                            \
      rf_take(rf_object(RF_OBJECT_ONE, RF_ONE_CONNECTIONS));                                                 \
      rf_fd_new(r);                                                                                          \
      rf_fd_connected(r);                                                                                    \
    }                                                                                                        \
    return r;                                                                                                \
  }
ACCEPT(accept, (int fd, struct sockaddr *restrict a, socklen_t *restrict n), (fd, a, n))
ACCEPT(accept4, (int fd, struct sockaddr *restrict a, socklen_t *restrict n, int flags), (fd, a, n, flags))

RF_INTERCEPT(int, socket, (int domain, int type, int protocol)) {
  const int r = real_socket(domain, type, protocol);
  if (r >= 0)
    rf_fd_new(r);
  return r;
}

RF_INTERCEPT(int, socketpair, (int domain, int type, int protocol, int *fds)) {
  static const struct rf_libsite site = RF_LIBSITE("socketpair");
  const int r = real_socketpair(domain, type, protocol, fds);
  if (!r) {
    rf_fd_paired(fds[0], fds[1]);
    judge(CALLER, fds, 2 * sizeof *fds, RF_CELL_PLAIN | RF_CELL_WRITE, &site);
  }
  return r;
}

RF_INTERCEPT(int, signalfd, (int fd, const sigset_t *set, int flags)) {
  const int r = real_signalfd(fd, set, flags);
  if (r >= 0)
    rf_fd_takes_signals(r);
  return r;
}

// A copy closes what had the number before.
RF_INTERCEPT(int, dup, (int fd)) {
  const int r = real_dup(fd);
  if (r >= 0)
    rf_fd_copied(fd, r);
  return r;
}
RF_INTERCEPT(int, dup2, (int fd, int to)) {
  if (fd != to)
    rf_fd_give(to);
  const int r = real_dup2(fd, to);
  if (r >= 0)
    rf_fd_copied(fd, r);
  return r;
}
RF_INTERCEPT(int, dup3, (int fd, int to, int flags)) {
  if (fd != to)
    rf_fd_give(to);
  const int r = real_dup3(fd, to, flags);
  if (r >= 0)
    rf_fd_copied(fd, r);
  return r;
}
