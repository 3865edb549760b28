// Waiting for descriptors: what made one ready happens before the call that says so.
#include "rf_lock.h"
#include "rf_mem.h"
#include "rf_object.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

static void polled(const struct pollfd *p, nfds_t n) {
  if (rf_stands_aside())
    return;
  for (nfds_t i = 0; i < n; i++)
    if (p[i].revents)
      rf_fd_take(p[i].fd);
}

#define POLL(name, params, args)                                                                             \
  RF_INTERCEPT(int, name, params) {                                                                          \
    if (!real_##name)                                                                                        \
      RF_READY();                                                                                            \
    const int r = real_##name args;                                                                          \
    if (r > 0)                                                                                               \
      polled(p, n);                                                                                          \
    return r;                                                                                                \
  }
POLL(poll, (struct pollfd * p, nfds_t n, int ms), (p, n, ms))
POLL(ppoll, (struct pollfd * p, nfds_t n, const struct timespec *t, const sigset_t *mask), (p, n, t, mask))
POLL(__poll_chk, (struct pollfd * p, nfds_t n, int ms, size_t room), (p, n, ms, room))

static void selected(int n, const fd_set *a, const fd_set *b, const fd_set *c) {
  if (rf_stands_aside())
    return;
  const fd_set *const set[] = {a, b, c};
  const int word_bits = 8 * (int)sizeof(a->fds_bits[0]);
  for (int fd = 0; fd < n; fd++)
    for (int i = 0; i < 3; i++)
      if (set[i] && set[i]->fds_bits[fd / word_bits] >> fd % word_bits & 1) {
        rf_fd_take(fd);
        break;
      }
}

#define SELECT(name, params, args)                                                                           \
  RF_INTERCEPT(int, name, params) {                                                                          \
    if (!real_##name)                                                                                        \
      RF_READY();                                                                                            \
    const int r = real_##name args;                                                                          \
    if (r > 0)                                                                                               \
      selected(n, in, out, other);                                                                           \
    return r;                                                                                                \
  }
SELECT(select, (int n, fd_set *in, fd_set *out, fd_set *other, struct timeval *t), (n, in, out, other, t))
SELECT(pselect, (int n, fd_set *in, fd_set *out, fd_set *other, const struct timespec *t, const sigset_t *mask),
       (n, in, out, other, t, mask))

// ---- epoll ----
// An event brings back the program's data, not the descriptor: what was registered with which data is kept.
// Entries of descriptors that were closed since stay until their number is registered again.

struct watch {
  struct watch *next;
  int epoll, fd;
  uint64_t data;
};
#define BUCKETS 256u
static struct watch *watches[BUCKETS]; // by descriptor; guarded by lock
static struct rf_lock lock;

void rf_poll_calls_after_fork(void) { atomic_store_explicit(&lock.held, 0, memory_order_relaxed); }

static void watch_set(int epoll, int fd, const uint64_t *data) {
  struct rf_self *s = rf_enter();
  struct watch *fresh = data ? rf_mem_alloc(sizeof *fresh) : NULL, *old = NULL;
  rf_lock_enter(&lock);
  struct watch **at = &watches[(unsigned)fd % BUCKETS];
  while (*at && ((*at)->epoll != epoll || (*at)->fd != fd))
    at = &(*at)->next;
  if (*at) {
    old = *at;
    *at = old->next;
  }
  if (fresh) {
    *fresh = (struct watch){*at, epoll, fd, *data};
    *at = fresh;
  }
  rf_lock_leave(&lock);
  if (old)
    rf_mem_free(old, sizeof *old);
  rf_leave(s);
}

// Up to max descriptors that were registered with data.
static int watch_find(int epoll, uint64_t data, int *out, int max) {
  int n = 0;
  struct rf_self *s = rf_enter();
  rf_lock_enter(&lock);
  for (unsigned i = 0; i < BUCKETS; i++)
    for (const struct watch *w = watches[i]; w && n < max; w = w->next)
      if (w->epoll == epoll && w->data == data)
        out[n++] = w->fd;
  rf_lock_leave(&lock);
  rf_leave(s);
  return n;
}

RF_INTERCEPT(int, epoll_ctl, (int fd, int op, int of, struct epoll_event *e)) {
  rf_fd_give(fd);
  if (!rf_self_ptr || !rf_self_ptr->depth)
    watch_set(fd, of, op == EPOLL_CTL_DEL || !e ? NULL : &(const uint64_t){e->data.u64});
  return real_epoll_ctl(fd, op, of, e);
}

static void reported(int epoll, const struct epoll_event *e, int n) {
  if (rf_stands_aside() || n <= 0)
    return;
  rf_fd_take(epoll);
  for (int i = 0; i < n; i++) {
    int fds[64];
    const int found = watch_find(epoll, e[i].data.u64, fds, 64);
    for (int k = 0; k < found; k++)
      rf_fd_take(fds[k]);
  }
}

#define EPOLL_WAIT(name, params, args)                                                                       \
  RF_INTERCEPT(int, name, params) {                                                                          \
    const int r = real_##name args;                                                                          \
    reported(fd, e, r);                                                                                      \
    return r;                                                                                                \
  }
EPOLL_WAIT(epoll_wait, (int fd, struct epoll_event *e, int n, int ms), (fd, e, n, ms))
EPOLL_WAIT(epoll_pwait, (int fd, struct epoll_event *e, int n, int ms, const sigset_t *mask), (fd, e, n, ms, mask))
EPOLL_WAIT(epoll_pwait2, (int fd, struct epoll_event *e, int n, const struct timespec *t, const sigset_t *mask),
           (fd, e, n, t, mask))
