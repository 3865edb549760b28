// Threads: pthread_create and C11 thrd_create begin a logical thread, joins end it.
// Edges (POSIX XSH 4.12, C11 7.26.5): creation -> the thread's first step; its last step -> a join's return.
#include "rf_intercept.h"
#include "rf_lock.h"
#include "rf_mem.h"
#include "rf_sys.h"
#include "rf_wait.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <threads.h>

RF_REAL_AS(, rf_real_pthread_create, int, pthread_create,
           (pthread_t *, const pthread_attr_t *, void *(*)(void *), void *));

// ---- Which logical thread a pthread_t is ----

#define BUCKETS 1024u
struct entry {
  struct entry *next;
  pthread_t id;
  struct rf_lthread *thread;
};
static struct entry *table[BUCKETS]; // guarded by table_lock
static struct rf_lock table_lock;

static struct entry **bucket(pthread_t id) { return &table[(id >> 8) * 2654435761u % BUCKETS]; }

static struct rf_lthread *table_find(pthread_t id) {
  rf_lock_enter(&table_lock);
  const struct entry *e = *bucket(id);
  while (e && e->id != id)
    e = e->next;
  struct rf_lthread *found = e ? e->thread : NULL;
  rf_lock_leave(&table_lock);
  return found;
}

// only: NULL, or the thread that must be it.
static struct rf_lthread *table_take(pthread_t id, const struct rf_lthread *only) {
  struct rf_lthread *found = NULL;
  rf_lock_enter(&table_lock);
  for (struct entry **at = bucket(id); *at; at = &(*at)->next) {
    struct entry *e = *at;
    if (e->id != id || (only && e->thread != only))
      continue;
    found = e->thread;
    *at = e->next;
    rf_mem_free(e, sizeof *e);
    break;
  }
  rf_lock_leave(&table_lock);
  return found;
}

static void table_put(pthread_t id, struct rf_lthread *thread) {
  table_take(id, NULL); // one that had the same id and was joined out of sight, or just now
  struct entry *e = rf_mem_alloc(sizeof *e);
  *e = (struct entry){NULL, id, thread};
  rf_lock_enter(&table_lock);
  e->next = *bucket(id);
  *bucket(id) = e;
  rf_lock_leave(&table_lock);
}

void rf_thread_calls_after_fork(void) { atomic_store_explicit(&table_lock.held, 0, memory_order_relaxed); }

// ---- Birth ----

struct start {
  void *(*entry)(void *);
  void *arg;
  struct rf_birth *birth;
  uint64_t signal_mask; // the thread's own; until it is known, all are blocked
  bool joinable;
  bool own_mask; // its attributes give it one
  _Atomic uint32_t taken; // the child has read all of this
};

static pthread_key_t end_key;

// Destructors of the program's thread-specific data run before the thread has ended for the detector:
// glibc makes PTHREAD_DESTRUCTOR_ITERATIONS rounds, and this one waits for the last.
static void end_thread(void *rounds_left) {
  const uintptr_t n = (uintptr_t)rounds_left;
  if (n > 1) {
    pthread_setspecific(end_key, (void *)(n - 1));
    return;
  }
  if (!rf_self_ptr)
    return;
  rf_signals_block(); // a handler could no more be judged, and what it orders would be lost; others take the signal
  struct rf_self *s = rf_enter();
  rf_self_end(s);
  if (s == rf_main_self)
    rf_leave(s); // its clock stays the base of threads that nobody announces
  else
    rf_self_free(s);
}

void rf_threads_watch_end(void) {
  pthread_setspecific(end_key, (void *)(uintptr_t)PTHREAD_DESTRUCTOR_ITERATIONS);
}

// A handler that ran before thread_main made the thread known as one that nobody announced.
static void forget_adoption(void) {
  if (!rf_self_ptr)
    return;
  struct rf_self *s = rf_enter();
  rf_self_end(s);
  rf_self_free(s);
}

static void *thread_main(void *arg) {
  struct start *start = arg;
  forget_adoption();
  struct rf_self *s = rf_self_new(); // comes back inside
  if (!start->own_mask)
    s->signal_mask = start->signal_mask;
  void *(*entry)(void *) = start->entry;
  void *entry_arg = start->arg;
  s->publishes = start->joinable;
  struct rf_lthread *me = start->birth->child;
  rf_self_begin(s, start->birth, true);
  if (start->joinable)
    table_put(pthread_self(), me);
  rf_threads_watch_end();
  atomic_store_explicit(&start->taken, 1, memory_order_release);
  rf_sys_futex(&start->taken, FUTEX_WAKE_PRIVATE, 1); // the parent may be gone already; then nobody wakes
  rf_leave(s);
  return entry(entry_arg);
}

void rf_threads_init(void) {
  pthread_key_create(&end_key, end_thread);
  rf_threads_watch_end(); // main too may leave by pthread_exit
}

static int create(pthread_t *id, const pthread_attr_t *attr, void *(*entry)(void *), void *arg) {
  struct start start = {.entry = entry, .arg = arg, .joinable = true};
  int detach = PTHREAD_CREATE_JOINABLE;
  sigset_t unused;
  if (attr && !pthread_attr_getdetachstate(attr, &detach))
    start.joinable = detach == PTHREAD_CREATE_JOINABLE;
  start.own_mask = attr && !pthread_attr_getsigmask_np(attr, &unused);
  struct rf_self *s = rf_enter();
  const bool judged = s->live;
  if (judged)
    start.birth = rf_thread_fork(&s->t, RF_THREAD_PTHREAD, "", NULL);
  rf_leave(s);
  if (!judged)
    return rf_real_pthread_create(id, attr, entry, arg);
  start.signal_mask = rf_signals_block();
  const int error = rf_real_pthread_create(id, attr, thread_main, &start);
  rf_signals_restore(start.signal_mask);
  if (error) {
    RF_WITH_SELF(rf_birth_drop(start.birth); rf_thread_settle(&s->t));
    return error;
  }
  // The child is known by its id before the caller can learn it.
  while (!atomic_load_explicit(&start.taken, memory_order_acquire))
    rf_sys_futex(&start.taken, FUTEX_WAIT_PRIVATE, 0);
  return 0;
}

RF_INTERCEPTOR int pthread_create(pthread_t *restrict id, const pthread_attr_t *restrict attr,
                                  void *(*entry)(void *), void *restrict arg) {
  RF_READY();
  return create(id, attr, entry, arg);
}

// ---- Joins ----

// Asked before the join: once it is done, the id may be that of the next thread already.
static struct rf_lthread *thread_of(pthread_t id) {
  struct rf_lthread *l = NULL;
  RF_WITH_SELF(l = table_find(id));
  return l;
}

static int joined(int error, pthread_t id, struct rf_lthread *l) {
  if (error)
    return error;
  RF_WITH_SELF(if (l) {
    table_take(id, l);
    rf_thread_join(&s->t, l);
  } rf_thread_note_sync(&s->t, NULL, id, RF_SYNC_ACQUIRED));
  return 0;
}

static int join_waiting(pthread_t id, void **value, int (*join)(pthread_t, void **)) {
  int r;
  struct rf_lthread *l = thread_of(id);
  rf_wait_begin("thread", (const void *)id);
  pthread_cleanup_push(rf_wait_end, NULL);
  r = join(id, value);
  pthread_cleanup_pop(1);
  return joined(r, id, l);
}

RF_INTERCEPT(int, pthread_join, (pthread_t id, void **value)) { return join_waiting(id, value, real_pthread_join); }
RF_INTERCEPT(int, pthread_tryjoin_np, (pthread_t id, void **value)) {
  struct rf_lthread *l = thread_of(id);
  return joined(real_pthread_tryjoin_np(id, value), id, l);
}
RF_INTERCEPT(int, pthread_timedjoin_np, (pthread_t id, void **value, const struct timespec *t)) {
  struct rf_lthread *l = thread_of(id);
  return joined(real_pthread_timedjoin_np(id, value, t), id, l);
}
RF_INTERCEPT(int, pthread_clockjoin_np, (pthread_t id, void **value, clockid_t clock, const struct timespec *t)) {
  struct rf_lthread *l = thread_of(id);
  return joined(real_pthread_clockjoin_np(id, value, clock, t), id, l);
}

static void detached(pthread_t id) {
  RF_WITH_SELF(struct rf_lthread *l = table_take(id, NULL); if (l) rf_lthread_detach(l));
}

RF_INTERCEPT(int, pthread_detach, (pthread_t id)) {
  detached(id); // before: afterwards the id may be another thread's
  return real_pthread_detach(id);
}

// ---- C11 threads: glibc's call pthread functions of its own, out of sight ----

struct c11_start {
  thrd_start_t entry;
  void *arg;
};

static void *c11_main(void *arg) {
  const struct c11_start start = *(struct c11_start *)arg;
  rf_mem_free(arg, sizeof start);
  return (void *)(intptr_t)start.entry(start.arg);
}

RF_INTERCEPTOR int thrd_create(thrd_t *id, thrd_start_t entry, void *arg) {
  RF_READY();
  struct c11_start *start = NULL;
  pthread_t p;
  RF_WITH_SELF(start = rf_mem_alloc(sizeof *start));
  if (!start)
    return thrd_error;
  *start = (struct c11_start){entry, arg};
  const int error = create(&p, NULL, c11_main, start);
  if (!error) {
    *id = p;
    return thrd_success;
  }
  RF_WITH_SELF(rf_mem_free(start, sizeof *start));
  return error == EAGAIN || error == ENOMEM ? thrd_nomem : thrd_error;
}

RF_INTERCEPTOR int thrd_join(thrd_t id, int *value) {
  void *v;
  if (join_waiting(id, &v, real_pthread_join))
    return thrd_error;
  if (value)
    *value = (int)(intptr_t)v;
  return thrd_success;
}

RF_INTERCEPTOR int thrd_detach(thrd_t id) { return pthread_detach(id) ? thrd_error : thrd_success; }
