// Reader-writer mutexes. A waiting writer keeps new readers out; a leaving writer lets all waiting readers in
// before the next writer, so neither side starves (as Go's, sync/rwmutex.go).
// Invariant: whoever leaves lets in those whose turn it is; a woken waiter owns its lock and does not try
// again.
#include "go_fatal.h"
#include "go_guard.h"
#include "go_known.h"
#include "go_queue.h"

#include <redflag/sync.h>

static void read_taken(go_rwmutex *m) {
  __rf_acquire(&m->write_clock);
  __rf_lock_held(m, "go_rwmutex", 0);
}

static void write_taken(go_rwmutex *m) {
  __rf_acquire(&m->write_clock);
  __rf_acquire(&m->read_clock);
  __rf_lock_held(m, "go_rwmutex", 1);
}

static bool enter_reader(go_rwmutex *m) {
  if (m->writing || m->wqueue.first)
    return false;
  m->readers++;
  return true;
}

static bool enter_writer(go_rwmutex *m) {
  if (m->writing || m->readers)
    return false;
  m->writing = 1;
  return true;
}

// Enters at once, or with a waiter given waits for being let in.
static bool enter(go_rwmutex *m, bool (*try_enter)(go_rwmutex *), struct go_queue *queue, enum go_wait why) {
  struct go_waiter w;
  GO_KNOWN(m);
  rf_go_guard_lock(&m->guard);
  bool entered = try_enter(m);
  if (!entered && queue) {
    rf_go_waiter_init(&w);
    rf_go_queue_push(queue, &w);
  }
  rf_go_guard_unlock(&m->guard);
  if (!entered && queue)
    rf_go_park(why);
  return entered || queue;
}

void go_rlock(go_rwmutex *m) {
  enter(m, enter_reader, &m->rqueue, GO_WAIT_RLOCK);
  read_taken(m);
}

void go_wlock(go_rwmutex *m) {
  enter(m, enter_writer, &m->wqueue, GO_WAIT_WLOCK);
  write_taken(m);
}

bool go_tryrlock(go_rwmutex *m) {
  bool entered = enter(m, enter_reader, NULL, GO_WAIT_NONE);
  if (entered)
    read_taken(m);
  return entered;
}

bool go_trywlock(go_rwmutex *m) {
  bool entered = enter(m, enter_writer, NULL, GO_WAIT_NONE);
  if (entered)
    write_taken(m);
  return entered;
}

// Lets the next writer in if there is one. Returns the list of those to wake.
static struct go_waiter *admit_writer(go_rwmutex *m) {
  struct go_waiter *w = rf_go_queue_pop(&m->wqueue);
  if (w) {
    m->writing = 1;
    w->next = NULL;
  }
  return w;
}

static struct go_waiter *admit_readers(go_rwmutex *m) {
  struct go_waiter *list = rf_go_queue_take(&m->rqueue);
  for (struct go_waiter *w = list; w; w = w->next)
    m->readers++;
  return list;
}

void go_runlock(go_rwmutex *m) {
  struct go_waiter *next = NULL;
  GO_KNOWN(m);
  __rf_lock_dropped(m);
  __rf_release(&m->read_clock);
  rf_go_guard_lock(&m->guard);
  bool locked = m->readers > 0;
  if (locked && --m->readers == 0)
    next = admit_writer(m);
  rf_go_guard_unlock(&m->guard);
  if (!locked)
    rf_go_fatal("sync: RUnlock of unlocked RWMutex");
  rf_go_queue_wake_all(next);
}

void go_wunlock(go_rwmutex *m) {
  struct go_waiter *next = NULL;
  GO_KNOWN(m);
  __rf_lock_dropped(m);
  __rf_release_store(&m->write_clock);
  rf_go_guard_lock(&m->guard);
  bool locked = m->writing;
  m->writing = 0;
  if (locked)
    next = m->rqueue.first ? admit_readers(m) : admit_writer(m);
  rf_go_guard_unlock(&m->guard);
  if (!locked)
    rf_go_fatal("sync: Unlock of unlocked RWMutex");
  rf_go_queue_wake_all(next);
}
