// One pthread per goroutine. What is here: who the caller is, parking, and a goroutine's life.
#include "go_sched.h"

#include "go_box.h"
#include "go_carrier.h"
#include "go_dump.h"
#include "go_fatal.h"
#include "go_fork.h"
#include "go_guard.h"
#include "go_list.h"
#include "go_load.h"
#include "go_mem.h"
#include "go_os.h"
#include "go_panic.h"

#define INITIAL_EXEC __attribute__((tls_model("initial-exec")))

static struct goroutine main_goroutine = {.id = 1, .name = "main"};
static _Thread_local struct goroutine foreign_goroutine INITIAL_EXEC;
static _Thread_local struct goroutine *self INITIAL_EXEC;
static uint64_t last_id = 1;

const char *rf_go_wait_text(enum go_wait why) {
#define GO_WAIT_TEXT(name, text) text,
  static const char *const texts[] = {GO_WAIT_ROWS(GO_WAIT_TEXT)};
#undef GO_WAIT_TEXT
  return texts[why];
}

static uint64_t new_id(void) { return __atomic_add_fetch(&last_id, 1, __ATOMIC_RELAXED); }

// The number under which the detector's reports know the caller, so that both name it alike.
static void take_id(struct goroutine *g) {
  uint64_t number = __rf_thread_number();
  if (number)
    g->id = number;
  else if (!g->id)
    g->id = new_id();
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

// The address of a thread-local may not be kept across a park once goroutines move between carriers.
__attribute__((noinline)) struct goroutine *rf_go_self(void) { return self ? self : adopt(); }

struct goroutine *rf_go_self_if_known(void) {
  return self;
}
struct goroutine *rf_go_main(void) {
  return &main_goroutine;
}

bool rf_go_detector_present(void) {
  static bool present; // once yes, always yes; no may only mean that it has not started yet
  if (!__atomic_load_n(&present, __ATOMIC_RELAXED) && __rf_thread_number())
    __atomic_store_n(&present, true, __ATOMIC_RELAXED);
  return __atomic_load_n(&present, __ATOMIC_RELAXED);
}

// ---- Parking ---------------------------------------------------------------------------------------
// The permit's states. A goroutine with a deadline wakes by itself, so it counts as running while it waits.
enum { EMPTY, PERMIT, PARKED, PARKED_TIMED };

#define SPINS 60 // a partner that is about to answer on another processor does so within this

static bool take_permit(struct goroutine *g) {
  uint32_t expected = PERMIT;
  return __atomic_compare_exchange_n(&g->permit, &expected, EMPTY, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static bool spin_for_permit(struct goroutine *g) {
  static uint32_t spinners, limit;
  if (!limit)
    limit = rf_go_os_cpu_count() > 1 ? 1 : ~0u; // one processor: never
  bool got = take_permit(g);
  if (got || limit == ~0u || __atomic_load_n(&spinners, __ATOMIC_RELAXED) >= limit)
    return got;
  __atomic_add_fetch(&spinners, 1, __ATOMIC_RELAXED);
  for (int i = 0; i < SPINS && !got; i++) {
    rf_go_cpu_relax();
    got = __atomic_load_n(&g->permit, __ATOMIC_RELAXED) == PERMIT && take_permit(g);
  }
  __atomic_sub_fetch(&spinners, 1, __ATOMIC_RELAXED);
  return got;
}

// EMPTY -> state; false: the permit is there already, and so acquire: what was done for g before is visible
// then.
static bool announce(struct goroutine *g, uint32_t state) {
  uint32_t expected = EMPTY;
  return __atomic_compare_exchange_n(&g->permit, &expected, state, false, __ATOMIC_SEQ_CST, __ATOMIC_ACQUIRE);
}

static void wait_for_permit(struct goroutine *g, uint64_t load) {
  bool suspect = rf_go_load_idle(load);
  while (__atomic_load_n(&g->permit, __ATOMIC_ACQUIRE) == PARKED) {
    if (suspect)
      suspect = rf_go_deadlock_suspect(load);
    rf_go_futex_wait(&g->permit, PARKED, suspect ? rf_go_os_now() + DEADLOCK_ASK_AGAIN_NS : -1);
  }
}

// A foreign thread is on the list of goroutines only while it is parked, since nothing tells us its end.
static void park(struct goroutine *g) {
  rf_go_fork_check(g);
  if (g->foreign || g == &main_goroutine)
    rf_go_list_add(g);
  // Only after the announcement may the load fall: whoever unparks us raises it first.
  if (announce(g, PARKED))
    wait_for_permit(g, rf_go_load_add(g->foreign ? LOAD_FOREIGN : -LOAD_RUNNING));
  __atomic_store_n(&g->permit, EMPTY, __ATOMIC_RELAXED);
  if (g->foreign || g == &main_goroutine)
    rf_go_list_remove(g);
}

void rf_go_park(enum go_wait why) {
  struct goroutine *g = rf_go_self();
  if (spin_for_permit(g))
    return;
  __atomic_store_n(&g->why, why, __ATOMIC_RELAXED);
  park(g);
  __atomic_store_n(&g->why, GO_WAIT_NONE, __ATOMIC_RELAXED);
}

bool rf_go_park_until(enum go_wait why, int64_t deadline) {
  struct goroutine *g = rf_go_self();
  if (spin_for_permit(g))
    return true;
  __atomic_store_n(&g->why, why, __ATOMIC_RELAXED);
  if (announce(g, PARKED_TIMED))
    while (__atomic_load_n(&g->permit, __ATOMIC_ACQUIRE) == PARKED_TIMED &&
           rf_go_futex_wait(&g->permit, PARKED_TIMED, deadline))
      ;
  __atomic_store_n(&g->why, GO_WAIT_NONE, __ATOMIC_RELAXED);
  // PERMIT, or PARKED_TIMED when the deadline won.
  return __atomic_exchange_n(&g->permit, EMPTY, __ATOMIC_ACQ_REL) == PERMIT;
}

void rf_go_park_forever(enum go_wait why) {
  for (;;)
    rf_go_park(why);
}

// state -> PERMIT; release: what the caller did for g is visible to it when it finds the permit.
static bool grant(struct goroutine *g, uint32_t state) {
  return __atomic_compare_exchange_n(&g->permit, &state, PERMIT, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

void rf_go_unpark(struct goroutine *g) {
  for (;;) {
    uint32_t state = __atomic_load_n(&g->permit, __ATOMIC_SEQ_CST);
    if (state == PARKED)
      rf_go_load_add(LOAD_GENERATION + (g->foreign ? -LOAD_FOREIGN : LOAD_RUNNING));
    if (!grant(g, state))
      continue; // it announced itself, or its deadline passed; PARKED changes by our hand only
    if (state != EMPTY)
      rf_go_futex_wake(&g->permit, 1);
    return;
  }
}

void rf_go_sched_yield(void) { rf_go_os_yield(); }

// A sleeper counts as running: it wakes by itself.
void rf_go_sched_sleep_until(int64_t deadline) {
  struct goroutine *g = rf_go_self();
  __atomic_store_n(&g->why, GO_WAIT_SLEEP, __ATOMIC_RELAXED);
  rf_go_os_sleep_until(deadline);
  __atomic_store_n(&g->why, GO_WAIT_NONE, __ATOMIC_RELAXED);
}

uint64_t rf_go_sched_count(void) { return 1 + rf_go_list_count(); }

// ---- A goroutine's life ----------------------------------------------------------------------------

// In a frame of its own, below the one in which the detector was told of the new goroutine: the copy is then
// on stack that no earlier goroutine can have raced on.
static __attribute__((noinline)) void enter(struct goroutine *g) {
  if (!g->arg_bytes) {
    g->entry(g->arg);
    return;
  }
  void *copy = __builtin_alloca_with_align(g->arg_bytes, 16 * 8);
  rf_go_mem_copy(copy, g->args, g->arg_bytes);
  g->entry(copy);
}

void rf_go_goroutine_run(struct goroutine *g) {
  self = g;
  __rf_thread_begin(g->birth);
  take_id(g);
  if (!__builtin_setjmp(g->exit_frame))
    enter(g);
  g = self;
  rf_go_box_leave(g);
  __rf_thread_end();
  rf_go_list_remove(g);
  self = NULL;
  rf_go_panic_forget(g);
  rf_go_mem_free(g, g->alloc_bytes);
}

void rf_go_sched_exit(void) {
  struct goroutine *g = rf_go_self();
  if (g == &main_goroutine)
    rf_go_park_forever(GO_WAIT_GONE);
  if (g->foreign)
    rf_go_panic_exit("go_exit: not a goroutine");
  __builtin_longjmp(g->exit_frame, 1);
}

static void check_argument_size(size_t bytes) {
  if (bytes > rf_go_carrier_stack() / 4)
    rf_go_panic_exit("go: the arguments do not fit the goroutine's stack (see GO_STACK)");
}

static struct goroutine *make(void (*entry)(void *), const void *arg, size_t bytes, const char *name) {
  size_t alloc = sizeof(struct goroutine) + bytes;
  struct goroutine *g = rf_go_mem_alloc(alloc);
  rf_go_mem_zero(g, sizeof *g);
  g->alloc_bytes = alloc;
  g->name = name;
  g->entry = entry;
  g->arg = (void *)arg;
  g->arg_bytes = bytes;
  rf_go_mem_copy(g->args, arg, bytes);
  g->id = new_id();
  return g;
}

static void start(struct goroutine *g, struct rf_birth *birth) {
  g->birth = birth;
  rf_go_list_add(g);
  rf_go_load_add(LOAD_RUNNING);
  rf_go_carrier_run(g);
}

void rf_go_sched_start(void (*entry)(void *), void *arg, const char *name, struct rf_birth *birth) {
  start(make(entry, arg, 0, name), birth);
}

void rf_go_sched_spawn(void (*entry)(void *), const void *arg, size_t bytes, const char *name,
                       const struct rf_site *site) {
  check_argument_size(bytes);
  struct goroutine *caller = rf_go_self();
  rf_go_fork_check(caller);
  struct goroutine *g = make(entry, arg, bytes, name);
  g->parent = caller->id;
  g->parent_name = caller->name;
  g->site = site;
  start(g, __rf_thread_fork(RF_THREAD_GOROUTINE, name, site));
}
