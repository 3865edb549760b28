// The state of each pthread, and the registry of all of them.
#include "rf_runtime.h"

#include "rf_collect.h"
#include "rf_context.h"
#include "rf_host.h"
#include "rf_lock.h"
#include "rf_mem.h"
#include "rf_over.h"
#include "rf_sys.h"

#include <errno.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <sys/mman.h>
#include <ucontext.h>

// Compiled code that runs before its thread is attached finds cells that never match, and frames to write.
static uint64_t boot_cells[2];
static struct rf_frame boot_frames[1 << 16];
static struct rf_local boot_locals[1 << 16];

RF_EXPORT _Thread_local struct rf_tls __rf_tls __attribute__((tls_model("initial-exec"))) = {
    RF_CELL_KIND | 0xff, 0, (uint64_t)boot_cells, boot_frames, boot_locals};

_Thread_local struct rf_self *rf_self_ptr __attribute__((tls_model("initial-exec")));
volatile uint32_t rf_stopped;

static struct rf_lock registry_lock;
static struct rf_self *registry; // guarded by registry_lock
static uint64_t ended_lookups;      // of those that are not listed any more, guarded by registry_lock

// What a pthread is after its end: code that still runs there is not judged.
static struct rf_self ended_self;

// And what main is at the very start: looking functions up calls malloc, and a preloaded one calls anything.
static struct rf_self starting_self = {.depth = 1};
void rf_self_starting(void) { rf_self_ptr = &starting_self; }

// main's is found in /proc, the others' are known to the C library if it gets memory for its answer. A stack that is
// not known would pass on with its history.
static void find_stack(struct rf_self *s) {
  pthread_attr_t attr;
  void *low;
  size_t bytes;
  if (pthread_getattr_np(pthread_self(), &attr)) {
    if (s->tid != rf_process_id)
      rf_refuse("out of memory for a thread's record", "");
    return;
  }
  if (!pthread_attr_getstack(&attr, &low, &bytes)) {
    s->stack_low = low;
    s->stack_high = (char *)low + bytes;
  }
  pthread_attr_destroy(&attr);
}

// An instrumented function's frame is at least as large as its shadow frame (a return address, alignment),
// so frames need no more than the stack's size; locals are at least a byte each, and far more in practice.
#define MAIN_STACK ((size_t)1 << 30) // the program may raise its limit at any time
size_t rf_shadow_stack_bytes(size_t stack_bytes) {
  const size_t max = MAIN_STACK, min = (size_t)1 << 18, grain = 8192; // of which half is whole pages
  const size_t frames = stack_bytes < min ? min : stack_bytes > max ? max : (stack_bytes + grain - 1) & ~(grain - 1);
  return 3 * frames + frames / 2;
}

void rf_self_use_shadow(struct rf_self *s, char *map, size_t bytes) {
  const size_t frames = bytes / 7 * 2;
  s->shadow_stack = map;
  s->shadow_stack_bytes = bytes;
  s->locals = (struct rf_local *)(map + frames);
  s->depths = (uintptr_t *)(map + 3 * frames);
  s->frames_end = (struct rf_frame *)s->locals;
  s->frames_beyond = 0;
}

static void map_shadow_stack(struct rf_self *s, size_t stack_bytes) {
  const size_t bytes = rf_shadow_stack_bytes(stack_bytes);
  rf_self_use_shadow(s, rf_host->map(bytes), bytes);
}

static void mask_signals(struct rf_self *s, uint64_t before);
static void send_again(struct rf_self *s);

struct rf_self *rf_self_new(void) {
  const uint64_t mask = rf_signals_block(); // what is not there cannot hold a signal back
  struct rf_self *s = rf_mem_alloc(sizeof *s);
  s->depth = 1; // inside until the caller is done
  s->tid = rf_sys_gettid();
  mask_signals(s, mask);
  rf_self_ptr = s;
  find_stack(s);
  map_shadow_stack(s, s->tid == rf_process_id ? MAIN_STACK : (size_t)(s->stack_high - s->stack_low));
  rf_lock_enter(&registry_lock);
  s->next = registry;
  s->prev = &registry;
  if (registry)
    registry->prev = &s->next;
  registry = s;
  rf_lock_leave(&registry_lock);
  if (rf_stopped) // its stopper may have looked at the registry before
    rf_self_wait(s);
  return s;
}

// Routines' stacks are used again soon.
static void clear_stack(struct rf_self *s, uintptr_t from, uintptr_t to) {
  if (rf_carries_routine(s))
    rf_map_clear(&s->t, from, to - from);
  else
    rf_map_drop(&s->t, from, to - from);
}

void rf_self_begin(struct rf_self *s, struct rf_birth *birth, bool fresh_stack) {
  __rf_tls.lsp = s->locals;
  rf_thread_begin(&s->t, birth, &__rf_tls, (struct rf_frame *)s->shadow_stack);
  s->live = true;
  // Where this stack lies, thread-local variables of an ended thread may have lain.
  if (s->stack_low && fresh_stack)
    clear_stack(s, (uintptr_t)s->stack_low, (uintptr_t)s->stack_high);
}

// A robust mutex passes on when its owner dies (POSIX, pthread_mutex_lock: EOWNERDEAD); no other lock does. Merged,
// for what is listed here may have been given up by another thread, wrongly, and be taken again.
static void release_held(struct rf_self *s) {
  for (uint32_t i = 0; i < s->t.held_count && !rf_serial; i++)
    if (s->t.held[i].exclusive)
      rf_sync_release_merge_at(&s->t, s->t.held[i].lock);
}

// The stack is new memory for whoever gets it next: the C library and the goroutine library pass stacks on out of
// sight. Thread-local variables, which lie on top of it, end here (C11 6.2.4p4): a write, which stays until then.
static void drop_stack(struct rf_self *s) {
  static const struct rf_libsite site = RF_LIBSITE("thread exit");
  uintptr_t at = (uintptr_t)s->stack_low;
  struct rf_range locals;
  for (unsigned i = 0; rf_thread_locals_next(&i, &locals);) {
    if (locals.from < at || locals.to > (uintptr_t)s->stack_high)
      continue;
    rf_check_release(s, (const void *)locals.from, locals.to - locals.from, &site);
    clear_stack(s, at, locals.from);
    at = locals.to;
  }
  clear_stack(s, at, (uintptr_t)s->stack_high);
}

void rf_self_end(struct rf_self *s) {
  if (!s->live)
    return;
  release_held(s);
  if (s != rf_main_self && s->stack_low) // main's is never passed on
    drop_stack(s);
  s->live = false;
  __rf_tls.mask = 0; // whatever still runs here finds no match and is turned away by rf_check()
  __rf_tls.cur = RF_CELL_KIND | 0xff;
  if (s != rf_main_self && s->stack_low) {
    rf_shadow_disown(&s->t, (uintptr_t)s->stack_low, (size_t)(s->stack_high - s->stack_low));
    rf_sync_forget((uintptr_t)s->stack_low, (size_t)(s->stack_high - s->stack_low));
    rf_context_memory_gone((uintptr_t)s->stack_low, (size_t)(s->stack_high - s->stack_low));
  }
  rf_thread_end(&s->t, s->publishes);
}

void rf_self_free(struct rf_self *s) {
  rf_fiber_thread_end(s);
  rf_signal_stack_free(s);
  rf_thread_retire(&s->t);
  __rf_tls.sp = boot_frames;
  __rf_tls.lsp = boot_locals;
  __rf_tls.base = (uint64_t)boot_cells;
  rf_self_ptr = &ended_self;
  rf_host->unmap(s->shadow_stack, s->shadow_stack_bytes);
  rf_lock_enter(&registry_lock); // last, since nobody waits for who is not listed
  ended_lookups += s->t.slow_count;
  *s->prev = s->next;
  if (s->next)
    s->next->prev = s->prev;
  rf_lock_leave(&registry_lock);
  send_again(s);
  rf_mem_free(s, sizeof *s);
}

struct rf_self *rf_self_attach(void) {
  rf_runtime_init();
  if (rf_self_ptr)
    return rf_self_ptr;
  struct rf_self *s = rf_self_new();
  __rf_tls.lsp = s->locals;
  rf_thread_adopt(&s->t, &__rf_tls, (struct rf_frame *)s->shadow_stack, &rf_main_self->t);
  s->live = true;
  rf_threads_watch_end();
  rf_leave(s);
  return s;
}

void rf_self_list_enter(void) { rf_lock_enter(&registry_lock); }
void rf_self_list_leave(void) { rf_lock_leave(&registry_lock); }
struct rf_self *rf_self_first(void) { return registry; }

void rf_self_each(void (*visit)(struct rf_self *s, void *arg), void *arg) {
  rf_lock_enter(&registry_lock);
  for (struct rf_self *s = registry; s; s = s->next)
    visit(s, arg);
  rf_lock_leave(&registry_lock);
}

uint64_t rf_self_lookups(void) {
  rf_lock_enter(&registry_lock);
  uint64_t n = ended_lookups;
  for (struct rf_self *s = registry; s; s = s->next)
    n += s->t.slow_count;
  rf_lock_leave(&registry_lock);
  return n;
}

// ---- Stopping all others outside the runtime ----

void rf_self_wait(struct rf_self *s) {
  while (rf_stopped) {
    s->depth = 0;
    rf_sys_yield();
    s->depth = 1;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
  }
}

static struct rf_lock stop_lock;

// The lock is not kept while somebody is awaited: who ends or begins needs it to get outside. Once seen outside, a
// thread stays there, though it looks in (rf_self_wait).
static bool all_outside(const struct rf_self *me, uint64_t round) {
  bool all = true;
  rf_lock_enter(&registry_lock);
  for (struct rf_self *s = registry; s; s = s->next) {
    if (s == me || s->outside_in == round)
      continue;
    if (s->depth)
      all = false;
    else
      s->outside_in = round;
  }
  rf_lock_leave(&registry_lock);
  return all;
}

void rf_self_stop_others(struct rf_self *me) {
  while (!rf_lock_try(&stop_lock)) { // another stopper may wait for us
    if (rf_stopped && me->depth == 1)
      rf_self_wait(me);
    rf_sys_yield();
  }
  rf_stopped = 1;
  // Orders every other thread's store to depth against its load of rf_stopped, which cost no fence there.
  rf_host->barrier();
  static uint64_t round; // guarded by stop_lock
  round++;
  while (!all_outside(me, round))
    rf_sys_yield();
}

void rf_self_resume_others(void) {
  rf_stopped = 0;
  rf_lock_leave(&stop_lock);
}

void rf_self_after_fork(struct rf_self *me) {
  atomic_store_explicit(&registry_lock.held, 0, memory_order_relaxed);
  atomic_store_explicit(&stop_lock.held, 0, memory_order_relaxed);
  rf_stopped = 0;
  me->tid = rf_sys_gettid();
  me->held_signal_count = 0; // sent to the parent
  registry = me; // the others do not exist in the child
  me->next = NULL;
  me->prev = &registry;
  rf_sys_membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
}

// ---- Signals that come while inside ----
// Handlers begin with all signals blocked (rf_signal_calls.c), and the first signal that is held back leaves them
// blocked: so hardly one comes on top of another, and the kernel keeps the rest in its own queue. Faults are not held
// back.

#define FAULTS                                                                                               \
  (BIT(SIGSEGV) | BIT(SIGBUS) | BIT(SIGFPE) | BIT(SIGILL) | BIT(SIGTRAP) | BIT(SIGSYS))
#define BIT(signal) (UINT64_C(1) << ((signal)-1))
// Of the C library: whoever is cancelled, and all threads when one changes its user, are waited for.
#define LIBRARY (BIT(32) | BIT(33))

uint64_t rf_signals_block(void) {
  const uint64_t all = ~(FAULTS | LIBRARY);
  uint64_t before = 0;
  rf_sys(SYS_rt_sigprocmask, SIG_BLOCK, (long)&all, (long)&before, sizeof all, 0, 0);
  return before;
}

void rf_signals_restore(uint64_t mask) {
  rf_sys(SYS_rt_sigprocmask, SIG_SETMASK, (long)&mask, 0, sizeof mask, 0, 0);
}

bool rf_signal_hold(struct rf_self *s, const siginfo_t *info, void *context) {
  uint64_t *mask = (uint64_t *)&((ucontext_t *)context)->uc_sigmask;
  if (s->held_signal_count == RF_HELD_SIGNALS)
    return false;
  if (!s->masked)
    s->signal_mask = *mask;
  s->masked = true;
  *mask |= ~(FAULTS | LIBRARY);
  s->held_signal[s->held_signal_count++] = *info;
  __atomic_or_fetch(&s->attention, RF_ATTEND_SIGNALS, __ATOMIC_RELAXED);
  return true;
}

// They are blocked already.
static void mask_signals(struct rf_self *s, uint64_t before) {
  s->signal_mask = before;
  s->masked = true;
  __atomic_or_fetch(&s->attention, RF_ATTEND_SIGNALS, __ATOMIC_RELAXED);
}

// Sent again to this very thread, the kernel delivers them with its mask, stack and context as usual.
static void send_again(struct rf_self *s) {
  for (uint32_t i = 0; i < s->held_signal_count; i++) {
    siginfo_t info = s->held_signal[i];
    const long process = rf_sys_getpid();
    const long r = rf_sys(SYS_rt_tgsigqueueinfo, process, s->tid, info.si_signo, (long)&info, 0, 0);
    if (r == -EPERM)
      rf_sys(SYS_tgkill, process, s->tid, info.si_signo, 0, 0, 0);
    if (r != -EAGAIN)
      continue;
    info.si_code = SI_USER; // the queue is full; so marked, it needs no place there
    rf_sys(SYS_rt_tgsigqueueinfo, process, s->tid, info.si_signo, (long)&info, 0, 0);
  }
  s->held_signal_count = 0;
}

static void deliver(struct rf_self *s) {
  send_again(s);
  if (!s->masked)
    return;
  s->masked = false;
  rf_signals_restore(s->signal_mask);
}

// ---- On leaving ----

static void collect(struct rf_self *s) {
  rf_self_stop_others(s);
  rf_collect();
  rf_self_resume_others();
}

void rf_self_collect_asked(struct rf_self *s) {
  if (s->depth != 1)
    return;
  if (rf_stopped) // perhaps another thread is about to
    rf_self_wait(s);
  if (__atomic_fetch_and(&s->attention, ~RF_ATTEND_COLLECT, __ATOMIC_RELAXED) & RF_ATTEND_COLLECT)
    collect(s);
}

void rf_self_attend(struct rf_self *s) {
  const uint32_t what = __atomic_exchange_n(&s->attention, 0, __ATOMIC_RELAXED);
  if (what & RF_ATTEND_COLLECT) {
    rf_enter();
    collect(s);
    rf_leave(s);
  }
  if (what & RF_ATTEND_SIGNALS)
    deliver(s);
}
