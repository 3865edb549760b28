// Who the caller is, parking, and a goroutine's life.
#include "go_sched.h"

#include "go_box.h"
#include "go_carrier.h"
#include "go_deadline.h"
#include "go_deadlock.h"
#include "go_dump.h"
#include "go_fatal.h"
#include "go_fault.h"
#include "go_fork.h"
#include "go_list.h"
#include "go_mem.h"
#include "go_monitor.h"
#include "go_os.h"
#include "go_panic.h"
#include "go_stack.h"
#include "go_switch.h"

#define INITIAL_EXEC __attribute__((tls_model("initial-exec")))

static struct goroutine main_goroutine = {.id = 1, .name = "main"};
static _Thread_local struct goroutine foreign_goroutine INITIAL_EXEC;
static _Thread_local struct goroutine *self INITIAL_EXEC;
static uint64_t last_id = 1;
static struct goroutine *first_thread =
    &main_goroutine; // whoever is the process's first thread; NULL: a carrier

// Not static: redflag-gdb.py looks here.
#define GO_WAIT_TEXT(name, text) text,
extern const char *const rf_go_wait_texts[];
const char *const rf_go_wait_texts[] = {GO_WAIT_ROWS(GO_WAIT_TEXT)};
#undef GO_WAIT_TEXT

const char *rf_go_wait_text(enum go_wait why) { return rf_go_wait_texts[why]; }

static uint64_t new_id(void) { return __atomic_add_fetch(&last_id, 1, __ATOMIC_RELAXED); }

// The number under which the detector's reports know the caller, so that both name it alike.
static void take_id(struct goroutine *g) {
  uint64_t number = __rf_thread_number();
  if (!number)
    number = g->id ? g->id : new_id();
  __atomic_store_n(&g->id, number, __ATOMIC_RELAXED);
}

static __attribute__((noinline)) struct goroutine *adopt(void) {
  rf_go_dump_on_quit();
  if (rf_go_os_is_main_thread()) {
    self = &main_goroutine;
    return self;
  }
  // In the thread's own storage, so that nothing is left behind when it ends.
  self = &foreign_goroutine;
  self->foreign = true;
  self->name = "thread";
  take_id(self);
  return self;
}

// Apart, because the address of a thread-local may not be kept across a park: goroutines move between carriers.
__attribute__((noinline)) struct goroutine *rf_go_self(void) {
  __asm__ volatile("" ::: "memory");
  return self ? self : adopt();
}

struct goroutine *rf_go_self_if_known(void) {
  return self;
}
struct goroutine *rf_go_main(void) {
  return &main_goroutine;
}
struct goroutine *rf_go_self_carried(void) {
  return self && self->stack ? self : NULL;
}
void rf_go_set_self(struct goroutine *g) { self = g; }

bool rf_go_detector_present(void) {
  static bool present; // once yes, always yes; no may only mean that it has not started yet
  if (!__atomic_load_n(&present, __ATOMIC_RELAXED) && __rf_thread_number())
    __atomic_store_n(&present, true, __ATOMIC_RELAXED);
  return __atomic_load_n(&present, __ATOMIC_RELAXED);
}

// ---- Parking ---------------------------------------------------------------------------------------
// The permit's states. PARKED and PARKED_TIMED: nobody runs it, and whoever changes that makes it run. TIMED_OUT: its
// deadline came first; it has been made ready.
enum { EMPTY, PERMIT, PARKED, PARKED_TIMED, TIMED_OUT };

// EMPTY -> state; false: the permit is there already, and so acquire: what was done for g before is visible then.
static bool announce(struct goroutine *g, uint32_t state) {
  uint32_t expected = EMPTY;
  return __atomic_compare_exchange_n(&g->permit, &expected, state, false, __ATOMIC_SEQ_CST, __ATOMIC_ACQUIRE);
}

static bool take_permit(struct goroutine *g) {
  uint32_t expected = PERMIT;
  return __atomic_load_n(&g->permit, __ATOMIC_RELAXED) == PERMIT &&
         __atomic_compare_exchange_n(&g->permit, &expected, EMPTY, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static void set_why(struct goroutine *g, enum go_wait why) { __atomic_store_n(&g->why, why, __ATOMIC_RELAXED); }

// ---- Goroutines that are carried ----

static void leave(struct goroutine *g, enum go_after after) {
  if (__builtin_expect(g->unguarded, 0) && !rf_go_stack_intact(g->stack))
    rf_go_stack_overflow(g);
  rf_go_carrier_leave(g, after);
}

bool rf_go_parked(struct goroutine *g) {
  bool asleep = announce(g, PARKED);
  if (!asleep)
    set_why(g, GO_WAIT_READY);
  return asleep;
}

// g is asleep no longer, and nobody else knows yet.
static void make_ready(struct goroutine *g) {
  set_why(g, GO_WAIT_READY);
  rf_go_ready(g);
}

// True: g was asleep, and the caller must make it ready.
static bool time_out(struct goroutine *g) {
  uint32_t state = __atomic_load_n(&g->permit, __ATOMIC_SEQ_CST);
  while (state == EMPTY || state == PARKED)
    if (__atomic_compare_exchange_n(&g->permit, &state, TIMED_OUT, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
      return state == PARKED;
  return false;
}

struct timed_wait {
  struct go_deadline deadline; // first
  struct goroutine *g;
};

// While it is locked, g cannot return from its wait; afterwards w may be gone unless g is asleep.
static void wait_is_over(struct go_deadline *d, int64_t now) {
  struct goroutine *g = ((struct timed_wait *)d)->g;
  bool asleep = time_out(g);
  rf_go_deadline_unlock();
  if (asleep)
    make_ready(g);
}

static void park_carried(struct goroutine *g, enum go_wait why) {
  if (take_permit(g))
    return;
  set_why(g, why);
  leave(g, GO_AFTER_PARK);
  set_why(g, GO_WAIT_NONE);
  __atomic_store_n(&g->permit, EMPTY, __ATOMIC_RELAXED);
}

static bool park_carried_until(struct goroutine *g, enum go_wait why, int64_t when) {
  struct timed_wait w = {.deadline = {.entry.when = when, .due = wait_is_over}, .g = g};
  if (take_permit(g))
    return true;
  set_why(g, why);
  rf_go_deadline_add(&w.deadline);
  leave(g, GO_AFTER_PARK);
  rf_go_deadline_remove(&w.deadline);
  set_why(g, GO_WAIT_NONE);
  return __atomic_exchange_n(&g->permit, EMPTY, __ATOMIC_ACQ_REL) == PERMIT;
}

// ---- main and foreign threads ----

#define SPINS 60 // a partner that is about to answer on another processor does so within this

static bool spin_for_permit(struct goroutine *g) {
  static uint32_t spinners;
  bool got = take_permit(g);
  if (got || !rf_go_os_may_spin() || __atomic_load_n(&spinners, __ATOMIC_RELAXED) >= 1)
    return got;
  __atomic_add_fetch(&spinners, 1, __ATOMIC_RELAXED);
  for (int i = 0; i < SPINS && !got; i++) {
    rf_go_cpu_relax();
    got = take_permit(g);
  }
  __atomic_sub_fetch(&spinners, 1, __ATOMIC_RELAXED);
  return got;
}

// They are on the list of goroutines only while they are parked, since nothing tells us a foreign thread's end.
static void park_thread(struct goroutine *g, enum go_wait why) {
  if (spin_for_permit(g))
    return;
  g->thread = __rf_thread_handle();
  set_why(g, why);
  rf_go_list_add(g);
  if (g->foreign)
    __atomic_add_fetch(&rf_go_foreign_parked, 1, __ATOMIC_SEQ_CST);
  if (announce(g, PARKED)) {
    rf_go_monitor_start();
    rf_go_monitor_quiet();
    while (__atomic_load_n(&g->permit, __ATOMIC_ACQUIRE) == PARKED)
      rf_go_futex_wait(&g->permit, PARKED, -1);
  } else if (g->foreign) {
    __atomic_sub_fetch(&rf_go_foreign_parked, 1, __ATOMIC_SEQ_CST);
  }
  __atomic_store_n(&g->permit, EMPTY, __ATOMIC_RELAXED);
  rf_go_list_remove(g);
  set_why(g, GO_WAIT_NONE);
}

static bool park_thread_until(struct goroutine *g, enum go_wait why, int64_t deadline) {
  if (spin_for_permit(g))
    return true;
  set_why(g, why);
  if (announce(g, PARKED_TIMED))
    while (__atomic_load_n(&g->permit, __ATOMIC_ACQUIRE) == PARKED_TIMED &&
           rf_go_futex_wait(&g->permit, PARKED_TIMED, deadline))
      ;
  set_why(g, GO_WAIT_NONE);
  // PERMIT, or PARKED_TIMED when the deadline won.
  return __atomic_exchange_n(&g->permit, EMPTY, __ATOMIC_ACQ_REL) == PERMIT;
}

// g may be gone: the word is all that is named of it.
static void wake_thread(uint32_t *permit, bool foreign_parked) {
  if (foreign_parked)
    __atomic_sub_fetch(&rf_go_foreign_parked, 1, __ATOMIC_SEQ_CST);
  __atomic_add_fetch(&rf_go_wakes, 1, __ATOMIC_SEQ_CST);
  rf_go_futex_wake(permit, 1);
}

// ---- Both ----

static bool is_carried(const struct goroutine *g) { return g->stack != NULL; }

void rf_go_park(enum go_wait why) { rf_go_park_self(rf_go_self(), why); }

void rf_go_park_self(struct goroutine *g, enum go_wait why) {
  rf_go_fork_check();
  if (is_carried(g))
    park_carried(g, why);
  else
    park_thread(g, why);
}

bool rf_go_park_until(enum go_wait why, int64_t deadline) {
  struct goroutine *g = rf_go_self();
  rf_go_fork_check();
  return is_carried(g) ? park_carried_until(g, why, deadline) : park_thread_until(g, why, deadline);
}

void rf_go_park_forever(enum go_wait why) {
  for (;;)
    rf_go_park(why);
}

// Release: what the caller did for g is visible to it when it finds the permit.
void rf_go_unpark(struct goroutine *g) {
  bool carried = is_carried(g), foreign = g->foreign; // g may be gone once it has its permit
  rf_go_fork_check();
  if (carried && g->process != rf_go_forks)
    return;
  uint32_t state = __atomic_load_n(&g->permit, __ATOMIC_SEQ_CST);
  while (!__atomic_compare_exchange_n(&g->permit, &state, PERMIT, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
    ;
  if (carried && state == PARKED)
    make_ready(g);
  if (!carried && state != EMPTY)
    wake_thread(&g->permit, foreign && state == PARKED);
}

void rf_go_sched_yield(void) {
  struct goroutine *g = rf_go_self();
  rf_go_fork_check();
  if (!is_carried(g) || !rf_go_carrier_has_others()) {
    rf_go_os_yield();
    return;
  }
  set_why(g, GO_WAIT_READY);
  leave(g, GO_AFTER_YIELD);
  set_why(g, GO_WAIT_NONE);
}

void rf_go_sched_sleep_until(int64_t deadline) {
  struct goroutine *g = rf_go_self();
  rf_go_fork_check();
  if (is_carried(g)) {
    park_carried_until(g, GO_WAIT_SLEEP, deadline);
    return;
  }
  set_why(g, GO_WAIT_SLEEP);
  rf_go_os_sleep_until(deadline);
  set_why(g, GO_WAIT_NONE);
}

uint64_t rf_go_sched_count(void) { return 1 + rf_go_list_count(); }

bool rf_go_main_parked(void) {
  return !first_thread || __atomic_load_n(&first_thread->permit, __ATOMIC_SEQ_CST) == PARKED;
}

long rf_go_main_threads(void) { return first_thread != NULL; }

void rf_go_sched_after_fork(struct goroutine *caller) {
  first_thread = is_carried(caller) ? NULL : caller;
  rf_go_foreign_parked = 0;
  caller->process = rf_go_forks;
  if (is_carried(caller))
    rf_go_monitor_start(); // which those that carry need, whether more are started or not
}

// ---- A goroutine's life ----------------------------------------------------------------------------

void rf_go_begin(struct goroutine *g) {
  g->begun = true;
  set_why(g, GO_WAIT_NONE);
  struct go_stack *s = g->stack;
  // Release: reports may look.
  __atomic_store_n(&g->routine, __rf_routine_begin(g->birth, s->low, (size_t)(s->high - s->low), s->fresh),
                   __ATOMIC_RELEASE);
  uint64_t number = __rf_thread_number();
  if (number)
    __atomic_store_n(&g->id, number, __ATOMIC_RELAXED);
  if (rf_go_sanitized)
    rf_go_fiber_begin(&g->fiber, g->name, s->low, (size_t)(s->high - s->low));
}

// What its starter did before, and what the last one on its stack did.
static void order_begin(struct goroutine *g) {
  if (rf_go_sanitized)
    rf_go_sanitizer_acquire(g);
}

static void order_end(struct goroutine *g) {
  if (rf_go_sanitized)
    rf_go_sanitizer_release(g);
}

static void goroutine_main(rf_go_entry *entry, void *arg) {
  if (rf_go_sanitized)
    rf_go_fiber_arrive();
  struct goroutine *g = rf_go_self();
  rf_go_carrier_arrive(g);
  order_begin(g);
  entry(arg);
  rf_go_sched_exit();
}

void rf_go_ended(struct goroutine *g) {
  if (rf_go_sanitized)
    rf_go_fiber_end(&g->fiber);
  rf_go_list_ended(g);
  rf_go_stack_give(g->stack);
}

void rf_go_sched_exit(void) {
  struct goroutine *g = rf_go_self();
  if (g->foreign)
    rf_go_panic_exit("go_exit: not a goroutine");
  if (!is_carried(g))
    rf_go_park_forever(GO_WAIT_GONE);
  rf_go_fork_check();
  rf_go_box_leave(g);
  rf_go_panic_forget(g);
  order_end(g);
  leave(g, GO_AFTER_END);
  __builtin_unreachable();
}

static void check_argument_size(size_t bytes) {
  if (bytes > rf_go_stack_bytes() / 4)
    rf_go_panic_exit("go: the arguments do not fit the goroutine's stack (see GO_STACK)");
}

void rf_go_sched_init(void) {
  static uint32_t forks_seen = ~0u;
  if (__atomic_load_n(&forks_seen, __ATOMIC_RELAXED) == rf_go_forks)
    return;
  if (__atomic_exchange_n(&forks_seen, rf_go_forks, __ATOMIC_SEQ_CST) == rf_go_forks)
    return;
  if (!rf_go_detector_present()) // carriers ask too, who are nobody to the detector
    rf_go_sanitizer_init();
  if (!rf_go_forks)
    rf_go_fault_watch();
  rf_go_carrier_init();
  rf_go_monitor_start();
}

// The copy of the arguments lies above the first frame.
static void prepare_stack(struct goroutine *g, rf_go_entry *entry, void *arg, size_t bytes) {
  char *top = g->stack->high - ((bytes + 15) & ~(size_t)15);
  if (bytes)
    rf_go_mem_copy(top, arg, bytes);
  g->sp = rf_go_switch_prepare(top, goroutine_main, entry, bytes ? top : arg);
}

// Of the last one, which had none of these as a rule: then the cache line stays where it is.
static void forget(struct goroutine *g) {
  if (g->tries)
    g->tries = NULL;
  if (g->panic_text)
    g->panic_text = NULL;
  if (g->boxes)
    g->boxes = NULL;
}

static struct goroutine *new_goroutine(bool own_stacks) {
  struct go_stack *s = rf_go_stack_take(own_stacks);
  struct goroutine *g = s->g;
  bool listed = g && g->process == rf_go_forks;
  if (!g) {
    g = s->g = rf_go_mem_alloc(sizeof *g);
    rf_go_mem_zero(g, sizeof *g);
    g->stack = s;
    g->unguarded = !s->guarded;
  }
  if (!listed) {
    g->ended = true;
    rf_go_list_add(g);
  }
  g->permit = EMPTY;
  g->begun = false;
  forget(g);
  __atomic_store_n(&g->routine, NULL, __ATOMIC_RELAXED); // reports may look
  g->process = rf_go_forks;
  return g;
}

// What reports show, who may be looking at the record. parent: NULL for a timer's function.
static void describe(struct goroutine *g, const char *name, const struct goroutine *parent,
                     const struct rf_site *site) {
  rf_go_list_reuse();
  __atomic_store_n(&g->id, new_id(), __ATOMIC_RELAXED);
  __atomic_store_n(&g->name, name, __ATOMIC_RELAXED);
  __atomic_store_n(&g->parent, parent ? parent->id : 0, __ATOMIC_RELAXED);
  __atomic_store_n(&g->parent_name, parent ? parent->name : NULL, __ATOMIC_RELAXED);
  __atomic_store_n(&g->site, site, __ATOMIC_RELAXED);
  set_why(g, GO_WAIT_READY);
}

// own_stacks: as for rf_go_stack_take().
static struct goroutine *make(void (*entry)(void *), const void *arg, size_t bytes, bool own_stacks) {
  rf_go_sched_init();
  struct goroutine *g = new_goroutine(own_stacks);
  prepare_stack(g, entry, (void *)arg, bytes);
  return g;
}

static void start(struct goroutine *g, struct rf_birth *birth) {
  g->birth = birth;
  if (rf_go_sanitized)
    rf_go_sanitizer_release(g);
  rf_go_list_begun(g);
  rf_go_ready(g);
}

void rf_go_sched_start(void (*entry)(void *), void *arg, const char *name, struct rf_birth *birth) {
  struct goroutine *g = make(entry, arg, 0, false);
  describe(g, name, NULL, NULL);
  start(g, birth);
}

void rf_go_sched_spawn(void (*entry)(void *), const void *arg, size_t bytes, const char *name,
                       const struct rf_site *site) {
  check_argument_size(bytes);
  struct goroutine *caller = rf_go_self();
  rf_go_fork_check();
  struct goroutine *g = make(entry, arg, bytes, !caller->foreign);
  describe(g, name, caller, site);
  start(g, __rf_thread_fork(RF_THREAD_GOROUTINE, name, site));
}
