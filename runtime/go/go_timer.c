// Timers: one heap, and one thread that waits for the first of them. The thread is no goroutine. To the
// detector, what it does for a timer is done by a logical thread of the timer's own, which was born when the
// timer was armed: so the arming comes before it, and nothing of other timers does.
//
// Invariants, guard free: a timer is in the heap exactly while its round is not 0; `busy` whenever the heap is not
// empty, and until what the last timer was for is done.
#include "go_timer.h"

#include "go_carrier.h"
#include "go_chan_impl.h"
#include "go_fatal.h"
#include "go_fork.h"
#include "go_guard.h"
#include "go_heap.h"
#include "go_mem.h"
#include "go_monitor.h"

#define WAITER_STACK ((size_t)256 << 10) // the report of a race may be written there

enum kind { SEND, START, CALL };

// Never given back to the allocator, so that a handle may be compared with it at any time.
struct go__timer {
  struct go_heap_entry entry; // first
  struct go__timer *next_free;
  uint64_t round; // of the handle that may stop it
  enum kind kind;
  struct go_chan *chan; // SEND
  int64_t period;       // SEND: 0 for once
  void (*f)(void *);
  void *arg;
  const char *name;
  struct rf_birth *birth;
};

static uint32_t guard; // guards all but bell
static struct go_heap heap;
static struct go__timer *free_timers;
static uint64_t last_round;
static uint64_t forked_round; // handles up to this one are the parent process's
static bool waiter_exists;
static bool busy; // written under guard, read without
static uint32_t bell; // futex, grows when the waiter must look again

static void ring(void) {
  __atomic_add_fetch(&bell, 1, __ATOMIC_RELEASE); // pairs with the acquire in waiter_main()
  rf_go_futex_wake(&bell, 1);
}

static struct go__timer *timer_of(struct go_heap_entry *e) { return (struct go__timer *)e; }

static void disarm(struct go__timer *t) {
  rf_go_heap_remove(&heap, &t->entry);
  t->round = 0;
  t->next_free = free_timers;
  free_timers = t;
}

// ---- Firing: on the waiter's thread -----------------------------------------------------------------------

static void arm_next_tick(struct go__timer *t, int64_t now) {
  rf_go_heap_remove(&heap, &t->entry);
  t->entry.when += t->period * (1 + (now - t->entry.when) / t->period);
  t->birth = __rf_thread_fork(RF_THREAD_GOROUTINE, t->name, NULL);
  rf_go_heap_add(&heap, &t->entry);
}

// Guard held, so that whoever has stopped the timer may free the channel.
static void fire_send(struct go__timer *t) {
  int64_t now = rf_go_os_now();
  __rf_thread_begin(t->birth);
  if (t->chan)
    rf_go_chan_post(t->chan, &now);
  if (t->period)
    arm_next_tick(t, now);
  else
    disarm(t);
  __rf_thread_end();
}

// Guard held, and let go meanwhile: f may arm and stop timers, and a new thread takes time.
static void fire_function(struct go__timer *t) {
  struct go__timer job = *t;
  disarm(t);
  rf_go_guard_unlock(&guard);
  if (job.kind == START) {
    rf_go_sched_start(job.f, job.arg, job.name, job.birth);
  } else {
    __rf_thread_begin(job.birth);
    job.f(job.arg);
    __rf_thread_end();
  }
  rf_go_guard_lock(&guard);
}

static struct go__timer *first_due(int64_t now) {
  struct go_heap_entry *e = rf_go_heap_first(&heap);
  return e && e->when <= now ? timer_of(e) : NULL;
}

// Fires what is due now, not what comes due meanwhile: the guard must be let go however short a period is.
// Returns when the next one is due; -1: none is armed.
static int64_t fire_all(void) {
  int64_t now = rf_go_os_now();
  rf_go_guard_lock(&guard);
  for (struct go__timer *t; (t = first_due(now));) {
    if (t->kind == SEND)
      fire_send(t);
    else
      fire_function(t);
  }
  struct go_heap_entry *next = rf_go_heap_first(&heap);
  int64_t when = next ? next->when : -1;
  __atomic_store_n(&busy, next != NULL, __ATOMIC_SEQ_CST);
  rf_go_guard_unlock(&guard);
  if (!next)
    rf_go_monitor_quiet(); // nobody else may be left who could wake anybody
  return when;
}

bool rf_go_timer_busy(void) { return __atomic_load_n(&busy, __ATOMIC_SEQ_CST); }

static void *waiter_main(void *unused) {
  __rf_thread_begin(NULL); // known to the detector, not yet anybody
  for (;;) {
    uint32_t seen = __atomic_load_n(&bell, __ATOMIC_ACQUIRE);
    rf_go_futex_wait(&bell, seen, fire_all());
  }
  return NULL;
}

// ---- Arming -----------------------------------------------------------------------------------------------

static struct go__timer *take_timer(void) {
  struct go__timer *t = free_timers;
  if (t)
    free_timers = t->next_free;
  else
    t = rf_go_mem_alloc(sizeof *t);
  return t;
}

static int64_t time_after(int64_t ns) {
  int64_t now = rf_go_os_now();
  return ns <= 0 ? now : ns > INT64_MAX - now ? INT64_MAX : now + ns;
}

static go_timer arm(int64_t ns, struct go__timer how) {
  rf_go_fork_check(rf_go_self());
  how.entry.when = time_after(ns);
  how.birth = __rf_thread_fork(RF_THREAD_GOROUTINE, how.name, NULL);
  rf_go_guard_lock(&guard);
  struct go__timer *t = take_timer();
  *t = how;
  t->round = ++last_round;
  go_timer handle = {t, t->round};
  rf_go_heap_add(&heap, &t->entry);
  bool first = rf_go_heap_first(&heap) == &t->entry;
  bool start = !waiter_exists;
  waiter_exists = true;
  __atomic_store_n(&busy, true, __ATOMIC_SEQ_CST);
  rf_go_guard_unlock(&guard);
  if (start)
    rf_go_carrier_start(waiter_main, NULL, WAITER_STACK);
  else if (first)
    ring();
  return handle;
}

go_timer go_after(chan(int64_t) c, int64_t ns) {
  return arm(ns, (struct go__timer){.kind = SEND, .chan = go__raw(c), .name = "go_after"});
}

go_timer go_ticker(chan(int64_t) c, int64_t period) {
  if (period <= 0)
    rf_go_panic_exit("non-positive interval for NewTicker");
  return arm(period,
             (struct go__timer){.kind = SEND, .chan = go__raw(c), .period = period, .name = "go_ticker"});
}

go_timer go__after_func(int64_t ns, void (*f)(void *), void *arg, const char *name) {
  return arm(ns, (struct go__timer){.kind = START, .f = f, .arg = arg, .name = name});
}

go_timer rf_go_timer_call(int64_t ns, void (*f)(void *), void *arg, const char *name) {
  return arm(ns, (struct go__timer){.kind = CALL, .f = f, .arg = arg, .name = name});
}

bool rf_go_timer_disarm(go_timer handle) {
  struct go__timer *t = handle.at;
  rf_go_guard_lock(&guard);
  bool armed = handle.round > forked_round && t->round == handle.round;
  struct rf_birth *birth = armed ? t->birth : NULL;
  if (armed)
    disarm(t);
  bool last = armed && !heap.count;
  rf_go_guard_unlock(&guard);
  if (last)
    ring(); // the waiter is busy no longer
  if (birth)
    __rf_thread_drop(birth);
  return armed;
}

bool go_timer_stop(go_timer t) {
  if (!t.at)
    return false;
  rf_go_fork_check(rf_go_self());
  return rf_go_timer_disarm(t);
}

// What another thread was changing cannot be trusted, so nothing is kept.
void rf_go_timer_after_fork(void) {
  guard = GUARD_FREE;
  heap = (struct go_heap){0};
  free_timers = NULL;
  forked_round = last_round;
  waiter_exists = busy = false;
}
