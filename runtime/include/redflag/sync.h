// What Go's package sync offers: wait groups, mutexes, once, condition variables, pools.
//
// Every object is ready when all its bytes are zero: `go_mutex m = {0};`, static storage, calloc. Objects are
// never copied after their first use and may be dropped when nobody uses them any more; there is nothing to
// destroy. The fields are the library's.
//
// Edges are those of the Go memory model ("Locks", "Once") and of Go's documentation of package sync. The
// detector sees these and no others.
#ifndef REDFLAG_SYNC_H
#define REDFLAG_SYNC_H

#include <redflag/go_errno.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct go_waiter;

// Goroutines that wait, in order of arrival.
struct go_queue {
  struct go_waiter *first, *last;
};

// ---- Wait group: waits until a number of things are done -------------------------------------------------
typedef struct go_wg {
  uint64_t state;        // counter << 32 | waiters
  struct go_queue queue; // guarded by guard
  uint32_t guard;
  uint32_t known;  // the detector has been told of this object
  uint64_t clock;  // for the detector: joined by done, read by wait
  uint64_t misuse; // for the detector: read by the first add, written by the first waiter
} go_wg;

// Adds n, which may be negative, to the counter; at zero all waiters go on. An add that starts from zero must
// happen before the wait that is to see it: call it before the go statement, not inside the goroutine. The
// detector reports one that races with go_wg_wait.
// Edge: none, but n < 0 counts as that many go_wg_done.
// Errors: `panic: sync: negative WaitGroup counter`.
void go_wg_add(go_wg *wg, int n);
// Takes one from the counter. Edge: -> the return of every go_wg_wait that it lets go on.
void go_wg_done(go_wg *wg);
// Waits until the counter is zero. Edge: every go_wg_done so far -> its return.
void go_wg_wait(go_wg *wg);

// ---- Mutex -------------------------------------------------------------------------------------------------
typedef struct go_mutex {
  uint32_t state; // bits: locked, has waiters, a waiter is awake, hand over
  uint32_t guard;
  struct go_queue queue; // guarded by guard
  uint32_t known;
  uint32_t pad;
  uint64_t clock;
} go_mutex;

// Waits until the mutex is free and takes it. Not recursive. A waiter that has waited for 1 ms is served first.
// Edge: the n-th unlock -> the m-th lock for n < m.
void go_lock(go_mutex *m);
// Frees the mutex; any goroutine may, as in Go.
// Errors: `fatal error: sync: unlock of unlocked mutex`.
void go_unlock(go_mutex *m);
// Takes the mutex if it is free, and tells whether it did. Edge: as go_lock when true, none when false.
bool go_trylock(go_mutex *m);

// ---- Reader-writer mutex -----------------------------------------------------------------------------------
// Many readers or one writer. A writer that waits keeps new readers out, so a reader must not lock again while
// it holds the lock.
typedef struct go_rwmutex {
  uint32_t guard;
  uint32_t known;
  uint32_t readers;       // guarded by guard: readers inside
  uint32_t writing;       // guarded by guard: 1 while a writer is inside
  struct go_queue rqueue; // guarded by guard
  struct go_queue wqueue; // guarded by guard
  uint64_t write_clock;   // for the detector: stored by wunlock, read by rlock and wlock
  uint64_t read_clock;    // for the detector: joined by runlock, read by wlock
} go_rwmutex;

// Edge: every earlier go_wunlock -> its return.
void go_rlock(go_rwmutex *m);
// Edge: -> every later go_wlock, and nothing else.
// Errors: `fatal error: sync: RUnlock of unlocked RWMutex`.
void go_runlock(go_rwmutex *m);
// Edge: every earlier go_wunlock and go_runlock -> its return.
void go_wlock(go_rwmutex *m);
// Edge: -> every later go_rlock and go_wlock. Readers that wait go first.
// Errors: `fatal error: sync: Unlock of unlocked RWMutex`.
void go_wunlock(go_rwmutex *m);
// Lock if that needs no waiting, and tell whether they did. Edge: as go_rlock and go_wlock when true.
bool go_tryrlock(go_rwmutex *m);
bool go_trywlock(go_rwmutex *m);

// ---- Once --------------------------------------------------------------------------------------------------
typedef struct go_once {
  uint32_t state; // 0 not yet, 1 running, 2 done
  uint32_t guard;
  struct go_queue queue; // guarded by guard
  uint32_t known;
  uint32_t pad;
  uint64_t clock;
} go_once;

// The first call for this object runs f(arg); every call returns only when that f has returned. f must not
// call it for the same object, nor call go_exit. An f that panics counts as having returned.
// Edge: the return of f -> the return of every go_once_do.
void go_once_do(go_once *once, void (*f)(void *), void *arg);

// ---- Condition variable ------------------------------------------------------------------------------------
typedef struct go_cond {
  uint32_t guard;
  uint32_t known;
  struct go_queue queue; // guarded by guard
} go_cond;

// Unlocks m, waits for a signal, locks m. Never returns without a signal, yet the condition may have changed by
// then: call it in a loop. The caller holds m.
// Edge: the signal or broadcast that wakes it -> its return; and those of unlocking and locking m.
void go_cond_wait(go_cond *c, go_mutex *m);
// Wakes the goroutine that has waited longest, if there is one. m need not be held.
void go_cond_signal(go_cond *c);
// Wakes all that wait.
void go_cond_broadcast(go_cond *c);

// ---- Pool --------------------------------------------------------------------------------------------------
// Items that are free to be used again. The pool owns none of them: it only remembers pointers, and never drops
// one. A pool that goes out of use is emptied first (make = NULL, then go_pool_get until it returns NULL),
// since it needs a little memory for each item inside.
typedef struct go_pool {
  void *(*make)(void);      // the program's, may be NULL: what go_pool_get calls when the pool is empty
  struct go_pooled *newest; // guarded by guard
  uint32_t guard;
  uint32_t pad;
} go_pool;

// Takes an item out of the pool, the one that was put last; when there is none, returns make(), or NULL without
// a make.
// Edge: the go_pool_put of this item -> its return; nothing of other items.
void *go_pool_get(go_pool *p);
// Gives an item to whoever gets it next; the caller must not use it any more. NULL is ignored.
// Edge: -> the return of the go_pool_get that gets this item (Go: documentation of sync.Pool).
void go_pool_put(go_pool *p, void *item);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
