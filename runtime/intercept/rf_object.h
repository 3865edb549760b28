// Synchronisation objects of what has no address in the program. Their keys are no addresses that x86-64 can
// have. Two things that share a key only add an order: a missed race at worst, never a false report.
#ifndef RF_OBJECT_H
#define RF_OBJECT_H

#include "rf_intercept.h"

enum rf_object_kind {
  RF_OBJECT_ONE, // by enum rf_object_one
  RF_OBJECT_PIPE,
  RF_OBJECT_NUMBER, // anonymous inodes, by descriptor
  RF_OBJECT_PAIR,   // both ends of a connection
  RF_OBJECT_FILE,   // locks of a file
  RF_OBJECT_SIGNAL,
  RF_OBJECT_QUEUE, // System V message queues and semaphore sets
};
enum rf_object_one {
  RF_ONE_SOCKETS, // what any socket gave
  RF_ONE_UNPAIRED, // what sockets gave whose peer is not known
  RF_ONE_CONNECTIONS,
  RF_ONE_TERMINALS,
  RF_ONE_EXIT,
  RF_ONE_EXCEPTIONS,
  RF_ONE_REQUEUED,
  RF_ONE_LIBRARIES,
};

static inline uintptr_t rf_object(enum rf_object_kind kind, uint64_t id) {
  const uint64_t folded = (id ^ id >> 16 ^ id >> 32 ^ id >> 48) & 0xffff;
  return UINT64_C(1) << 63 | (uint64_t)kind << 32 | folded << 6;
}
// Futex words have a key of their own, apart from the object of the atomic operations on the same word.
static inline uintptr_t rf_object_futex(const void *word) { return UINT64_C(3) << 62 | (uintptr_t)word; }

static inline void rf_give(uintptr_t object) {
  if (!rf_stands_aside())
    RF_WITH_SELF(rf_sync_release_merge_at(&s->t, object);
                 rf_thread_note_sync(&s->t, NULL, object, RF_SYNC_RELEASED));
}
static inline void rf_take(uintptr_t object) {
  if (!rf_stands_aside())
    RF_WITH_SELF(rf_sync_acquire_at(&s->t, object); rf_thread_note_sync(&s->t, NULL, object, RF_SYNC_ACQUIRED));
}

// What was written to a descriptor -> what is read from it. None changes errno.
void rf_fd_give(int fd);
void rf_fd_take(int fd);
void rf_fd_copied(int from, int to); // dup and its kin
void rf_fd_closing(int fd);
void rf_fd_paired(int a, int b);
void rf_fd_new(int fd);       // a socket whose peer is to be learned
void rf_fd_takes_signals(int fd);
void rf_fd_connected(int fd); // this end of a connection is in this process
// The signals that a read of n bytes at p brought, if fd is a signalfd.
void rf_fd_take_signals(int fd, const void *p, size_t n);
void rf_signal_take(int signal);
void rf_file_lock_closing(int fd);

#endif
