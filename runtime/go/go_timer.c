// Timers. To the detector, what the monitor does for a timer is done by a logical thread of the timer's own, which was
// born when the timer was armed: so the arming comes before it, and nothing of other timers does.
//
// Invariant, deadlines unlocked: a timer is armed exactly while its round is not 0. All is guarded by the deadlines' lock.
#include "go_timer.h"

#include "go_chan_impl.h"
#include "go_deadline.h"
#include "go_fatal.h"
#include "go_fork.h"
#include "go_mem.h"
#include "go_monitor.h"
#include "go_os.h"

enum kind { SEND, START, CALL };

// Never given back to the allocator, so that a handle may be compared with it at any time.
struct go__timer {
  struct go_deadline deadline; // first
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

static struct go__timer *free_timers;
static uint64_t last_round;
static uint64_t forked_round; // handles up to this one are the parent process's

static void retire(struct go__timer *t) {
  t->round = 0;
  t->next_free = free_timers;
  free_timers = t;
}

// ---- Firing: on the monitor, entered with the deadlines locked ---------------------------------------------

// From now on, so that ticks that are overdue come once.
static void arm_next_tick(struct go__timer *t, int64_t now) {
  int64_t *when = &t->deadline.entry.when;
  *when += t->period * (1 + (now - *when) / t->period);
  t->birth = __rf_thread_fork(RF_THREAD_GOROUTINE, t->name, NULL);
  rf_go_deadline_arm(&t->deadline);
}

// Sends while it is locked, so that whoever has stopped the timer may free the channel.
static void fire_send(struct go__timer *t) {
  int64_t now = rf_go_os_now();
  struct goroutine *receiver = NULL;
  __rf_thread_begin(t->birth);
  if (t->chan)
    receiver = rf_go_chan_post(t->chan, &now);
  if (t->period)
    arm_next_tick(t, now);
  else
    retire(t);
  __rf_thread_end();
  rf_go_deadline_unlock();
  if (receiver)
    rf_go_unpark(receiver);
}

static void fire_function(struct go__timer *t) {
  struct go__timer job = *t;
  retire(t);
  rf_go_deadline_unlock();
  if (job.kind == START) {
    rf_go_sched_start(job.f, job.arg, job.name, job.birth);
    return;
  }
  __rf_thread_begin(job.birth);
  job.f(job.arg);
  __rf_thread_end();
}

static void fire(struct go_deadline *d, int64_t now) {
  struct go__timer *t = (struct go__timer *)d;
  (t->kind == SEND ? fire_send : fire_function)(t);
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
  rf_go_fork_check();
  rf_go_sched_init();
  int64_t when = time_after(ns);
  how.deadline = (struct go_deadline){.entry.when = when, .due = fire};
  how.birth = __rf_thread_fork(RF_THREAD_GOROUTINE, how.name, NULL);
  rf_go_deadline_lock();
  struct go__timer *t = take_timer();
  *t = how;
  t->round = ++last_round;
  go_timer handle = {t, t->round};
  rf_go_deadline_arm(&t->deadline);
  rf_go_deadline_unlock();
  rf_go_monitor_deadline(when);
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
  struct rf_birth *birth = NULL;
  rf_go_deadline_lock();
  bool armed = handle.round > forked_round && t->round == handle.round;
  if (armed) {
    birth = t->birth;
    rf_go_deadline_disarm(&t->deadline);
    retire(t);
  }
  rf_go_deadline_unlock();
  if (armed && !rf_go_deadline_any())
    rf_go_monitor_quiet(); // nobody else may be left who could wake anybody
  if (birth)
    __rf_thread_drop(birth);
  return armed;
}

bool go_timer_stop(go_timer t) {
  if (!t.at)
    return false;
  rf_go_fork_check();
  return rf_go_timer_disarm(t);
}

// What another thread was changing cannot be trusted, so nothing is kept.
void rf_go_timer_after_fork(void) {
  free_timers = NULL;
  forked_round = last_round;
}
