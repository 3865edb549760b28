// Message queues (POSIX and System V) and System V semaphores: a send or a raise happens before what it
// lets through.
#include "rf_object.h"
#include "rf_rows.h"
#include "rf_sys.h"

#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <time.h>

// A POSIX queue's descriptor is a file of its own file system: the inode is the queue.
static uintptr_t queue(int fd) {
  struct stat st;
  return rf_object(RF_OBJECT_QUEUE, rf_sys(SYS_fstat, fd, (long)&st, 0, 0, 0, 0) ? (uint64_t)fd : st.st_ino);
}
static uintptr_t set(int id) { return rf_object(RF_OBJECT_QUEUE, 0x8000u + (unsigned)id); }

static void give_queue(int fd) {
  if (!rf_stands_aside())
    rf_give(queue(fd));
}
static void take_queue(int fd) {
  if (!rf_stands_aside())
    rf_take(queue(fd));
}

RF_INTERCEPT(int, mq_send, (int q, const char *p, size_t n, unsigned priority)) {
  static const struct rf_libsite site = RF_LIBSITE("mq_send");
  JUDGE(READ(p, n))
  give_queue(q);
  return real_mq_send(q, p, n, priority);
}
RF_INTERCEPT(int, mq_timedsend, (int q, const char *p, size_t n, unsigned priority, const struct timespec *t)) {
  static const struct rf_libsite site = RF_LIBSITE("mq_timedsend");
  JUDGE(READ(p, n))
  give_queue(q);
  return real_mq_timedsend(q, p, n, priority, t);
}
RF_INTERCEPT(ssize_t, mq_receive, (int q, char *p, size_t n, unsigned *priority)) {
  static const struct rf_libsite site = RF_LIBSITE("mq_receive");
  const ssize_t r = real_mq_receive(q, p, n, priority);
  if (r >= 0) {
    take_queue(q);
    JUDGE(WRITE(p, (size_t)r))
  }
  return r;
}
RF_INTERCEPT(ssize_t, mq_timedreceive, (int q, char *p, size_t n, unsigned *priority, const struct timespec *t)) {
  static const struct rf_libsite site = RF_LIBSITE("mq_timedreceive");
  const ssize_t r = real_mq_timedreceive(q, p, n, priority, t);
  if (r >= 0) {
    take_queue(q);
    JUDGE(WRITE(p, (size_t)r))
  }
  return r;
}

RF_INTERCEPT(int, msgsnd, (int id, const void *p, size_t n, int flags)) {
  static const struct rf_libsite site = RF_LIBSITE("msgsnd");
  JUDGE(READ(p, sizeof(long) + n))
  rf_give(rf_object(RF_OBJECT_QUEUE, (unsigned)id));
  return real_msgsnd(id, p, n, flags);
}
RF_INTERCEPT(ssize_t, msgrcv, (int id, void *p, size_t n, long type, int flags)) {
  static const struct rf_libsite site = RF_LIBSITE("msgrcv");
  const ssize_t r = real_msgrcv(id, p, n, type, flags);
  if (r >= 0) {
    rf_take(rf_object(RF_OBJECT_QUEUE, (unsigned)id));
    JUDGE(WRITE(p, sizeof(long) + (size_t)r))
  }
  return r;
}

// One object per set: an operation may raise one member and wait for another.
static bool any(const struct sembuf *p, size_t n, bool raises) {
  for (size_t i = 0; i < n; i++)
    if ((p[i].sem_op > 0) == raises)
      return true;
  return false;
}
#define SEMOP(name, params, args)                                                                            \
  RF_INTERCEPT(int, name, params) {                                                                          \
    if (any(p, n, true))                                                                                     \
      rf_give(set(id));                                                                                      \
    const int r = real_##name args;                                                                          \
    if (!r && any(p, n, false))                                                                              \
      rf_take(set(id));                                                                                      \
    return r;                                                                                                \
  }
SEMOP(semop, (int id, struct sembuf *p, size_t n), (id, p, n))
SEMOP(semtimedop, (int id, struct sembuf *p, size_t n, const struct timespec *t), (id, p, n, t))
