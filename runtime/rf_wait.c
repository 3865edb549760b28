#include "rf_wait.h"

#include "rf_edges.h"
#include "rf_finding.h"
#include "rf_lock.h"
#include "rf_options.h"
#include "rf_sys.h"
#include "rf_tasks.h"
#include "rf_text.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>

static _Atomic uint32_t waiting; // threads between begin and end
static _Atomic uint32_t watched; // 1: a watcher exists
static _Atomic uint32_t leaving; // futex: 0, or LEAVING and the status with which the program ends
static _Atomic bool told, handlers;
static struct rf_lock finding_lock;
static struct rf_finding finding; // guarded by finding_lock

#define MEND_CIRCLE "take the locks in the same order everywhere, or hold only one at a time."
#define MEND_ALL "nothing is left that could wake a thread: look for the wake-up that is missing."

void rf_wait_signals_possible(void) { atomic_store_explicit(&handlers, true, memory_order_relaxed); }

// ---- The finding ----

static void add_step(const char *what, const char *kind, uintptr_t object, rf_place where) {
  if (finding.count == RF_FINDING_STEPS)
    finding.more++;
  else
    finding.step[finding.count++] =
        (struct rf_finding_step){.what = what, .object_kind = kind, .object = object, .where = where};
}

// s waits, so its lists do not change.
static void add_waiter(const struct rf_self *s) {
  add_step("Waiting for", s->wait_kind, s->wait_on, s->wait_at);
  for (uint32_t i = s->t.held_count; i--;)
    add_step("Holding", s->t.held[i].kind, s->t.held[i].lock, s->t.held[i].where);
}

static void finding_start(const char *mend) {
  finding = (struct rf_finding){.kind = "deadlock", .mend = mend, .suppress = "deadlock"};
}

// ---- Circles of mutexes ----

// Another thread may stop waiting at any moment, so its kind is read once.
static const char *kind_of(const struct rf_self *s) { return __atomic_load_n(&s->wait_kind, __ATOMIC_ACQUIRE); }

static bool is_mutex(const struct rf_self *s) {
  const char *kind = kind_of(s);
  return kind && (rf_text_same(kind, "mutex") || rf_text_same(kind, "mtx"));
}

// Whom the C library says the mutex belongs to; it stores that for every kind of mutex.
static struct rf_self *owner_of(uintptr_t mutex) {
  const int tid = __atomic_load_n(&((pthread_mutex_t *)mutex)->__data.__owner, __ATOMIC_RELAXED);
  struct rf_self *s = rf_self_first();
  while (s && s->tid != tid)
    s = s->next;
  // Who took the mutex on a carrier may have left it meanwhile, and give it up elsewhere.
  return s && s->carrier.size && !rf_held_find(&s->t, mutex) ? NULL : s;
}

// From me on, each one waits for a mutex whose owner waits too, and the last one's owner is me. Returns 0, or a
// number that tells one such circle from another.
static uint64_t circle_of(struct rf_self *me) {
  struct rf_self *s = me;
  uint64_t turns = 1;
  for (unsigned n = 0; n < 1000; n++) {
    turns = turns * 31 + s->wait_turns;
    s = is_mutex(s) ? owner_of(s->wait_on) : NULL;
    if (s == me)
      return n ? turns : 0; // to wait for oneself is a double lock, reported as such or answered with an error
    if (!s)
      return 0;
  }
  return 0;
}

// A thread that has just got its mutex may still be marked as waiting, so one look could put a circle together
// from two moments. Seen twice, everyone in it was waiting all the time in between.
static bool in_circle(struct rf_self *me) {
  const uint64_t seen = circle_of(me);
  return seen && circle_of(me) == seen;
}

static void check_circle(struct rf_self *me) {
  rf_self_list_enter();
  const bool found = in_circle(me);
  rf_self_list_leave();
  if (!found) // and who is in one stays in it
    return;
  rf_lock_enter(&finding_lock);
  rf_self_list_enter();
  {
    finding_start(MEND_CIRCLE);
    struct rf_self *s = me;
    do
      add_waiter(s);
    while ((s = owner_of(s->wait_on)) != me);
    atomic_store_explicit(&told, true, memory_order_relaxed);
  }
  rf_self_list_leave();
  rf_report_finding(&finding);
  rf_lock_leave(&finding_lock);
}

// ---- All threads wait ----

struct census {
  uint32_t live, waiting, known; // known: pthreads that the runtime knows
  uint64_t turns; // changes whenever somebody begins to wait
};

static struct census count(void) {
  struct census c = {rf_thread_live(), 0, 0, 0};
  rf_self_list_enter();
  for (const struct rf_self *s = rf_self_first(); s; s = s->next) {
    c.known++;
    if (!s->live || !kind_of(s))
      continue;
    c.waiting++;
    c.turns += s->wait_turns;
  }
  rf_self_list_leave();
  return c;
}

// Besides, the kernel must have nothing to run: a thread that was woken waits for a processor at most. And there
// must be no thread that the runtime does not know, which could wake the others.
static bool all_wait(const struct census *c) {
  uint32_t threads;
  return c->live && c->waiting == c->live && rf_tasks_sleep(&threads) && threads == c->known;
}

static void *leave_program(void *unused) {
  (void)unused;
  rf_exit_now(rf_options_end_status()); // its handlers may wait for one of the threads that will never go on
}

static void end_deadlock(void) {
  if (!atomic_exchange_explicit(&told, true, memory_order_relaxed)) {
    rf_lock_enter(&finding_lock);
    rf_self_list_enter();
    finding_start(MEND_ALL);
    for (const struct rf_self *s = rf_self_first(); s; s = s->next)
      if (s->live)
        add_waiter(s);
    rf_self_list_leave();
    rf_report_finding(&finding);
    rf_lock_leave(&finding_lock);
  }
  if (!rf_report_count())
    return; // suppressed
  __rf_host_thread(leave_program, NULL, 0);
  rf_sys_sleep_ms(2000);
  rf_report_finish(rf_options_end_status());
  rf_sys_exit(rf_options_end_status());
}

// The last thread of a process decides its exit status, and the process lasts until that has ended. If the program's
// own last thread ends alone, by the system call exit, the watcher must follow at once and say the same.
#define LEAVING 0x100u

void rf_wait_leave(int status) {
  atomic_store(&leaving, LEAVING | (uint8_t)status);
  if (atomic_load(&watched))
    rf_sys_futex(&leaving, FUTEX_WAKE_PRIVATE, 1);
}

static void follow(void) {
  const uint32_t with = atomic_load(&leaving);
  if (with)
    rf_sys(SYS_exit, (long)(with & ~LEAVING), 0, 0, 0, 0, 0);
}

static void sleep_unless_leaving(long ms) {
  const long pause[2] = {ms / 1000, ms % 1000 * 1000000}; // struct timespec
  rf_sys(SYS_futex, (long)&leaving, FUTEX_WAIT_PRIVATE, 0, (long)pause, 0, 0);
  follow();
}

#define LOOK_MS 250
#define LOOKS_IN_VAIN 8

// Lives for as long as all threads wait now and then. Two looks that see the same are a deadlock.
static void *watch(void *unused) {
  (void)unused;
  struct rf_self *s = rf_self_new();
  uint64_t turns_before = 0; // of a look at which all waited
  rf_leave(s);
  for (unsigned vain = 0; vain < LOOKS_IN_VAIN; vain++) {
    sleep_unless_leaving(LOOK_MS);
    rf_enter();
    const struct census now = count();
    const bool all = all_wait(&now);
    if (all && turns_before == now.turns)
      end_deadlock();
    turns_before = all ? now.turns : 0;
    if (now.waiting == now.live)
      vain = 0;
    rf_leave(s);
    if (!now.live)
      break;
  }
  rf_enter();
  rf_self_free(s);
  atomic_store_explicit(&watched, 0, memory_order_release);
  follow();
  return NULL;
}

static void start_watcher(void) {
  if (atomic_load_explicit(&watched, memory_order_relaxed) || atomic_exchange(&watched, 1))
    return;
  const uint64_t all = ~UINT64_C(0);
  uint64_t before;
  const int saved = errno;
  rf_sys(SYS_rt_sigprocmask, SIG_SETMASK, (long)&all, (long)&before, sizeof all, 0, 0); // no handler runs there
  if (__rf_host_thread(watch, NULL, 64 << 10))
    atomic_store_explicit(&watched, 0, memory_order_relaxed);
  rf_sys(SYS_rt_sigprocmask, SIG_SETMASK, (long)&before, 0, sizeof before, 0, 0);
  errno = saved;
}

// ---- Begin and end ----

void rf_wait_begin(const char *kind, const void *object) {
  if (!rf_options.detect_deadlocks)
    return;
  struct rf_self *s = rf_enter();
  const bool counts = !rf_text_same(kind, "semaphore") || !atomic_load_explicit(&handlers, memory_order_relaxed);
  if (s->live && counts && !s->wait_kind) {
    s->wait_on = (uintptr_t)object;
    s->wait_at = rf_thread_where(&s->t, NULL);
    s->wait_turns++;
    __atomic_store_n(&s->wait_kind, kind, __ATOMIC_RELEASE);
    const uint32_t n = atomic_fetch_add(&waiting, 1) + 1;
    if (n > 1 && is_mutex(s))
      check_circle(s);
    if (n >= rf_thread_live())
      start_watcher();
  }
  rf_leave(s);
}

void rf_wait_end(void *unused) {
  (void)unused;
  struct rf_self *s = rf_self_ptr;
  if (!s || !s->wait_kind)
    return;
  __atomic_store_n(&s->wait_kind, NULL, __ATOMIC_RELEASE);
  atomic_fetch_sub(&waiting, 1);
}

void rf_wait_again(struct rf_self *s, const char *kind) {
  s->wait_turns++;
  __atomic_store_n(&s->wait_kind, kind, __ATOMIC_RELEASE);
  if (atomic_fetch_add(&waiting, 1) + 1 >= rf_thread_live())
    start_watcher();
}

void rf_wait_after_fork(struct rf_self *me) {
  atomic_store(&waiting, 0);
  atomic_store(&watched, 0);
  atomic_store(&leaving, 0);
  atomic_store(&finding_lock.held, 0);
  me->wait_kind = NULL;
}
