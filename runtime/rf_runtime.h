// What the files of the runtime share. Glossary: *self* is the calling pthread's state; *inside* means that
// the thread executes the runtime (self->depth > 0): signals wait and the memory interceptors stand aside.
#ifndef RF_RUNTIME_H
#define RF_RUNTIME_H

#include "rf_shadow.h"
#include "rf_sync.h"

#include <signal.h>

#define RF_EXPORT __attribute__((visibility("default")))
#define RF_LIKELY(x) __builtin_expect(!!(x), 1)
#define RF_UNLIKELY(x) __builtin_expect(!!(x), 0)

#define RF_HELD_SIGNALS 8
#define RF_ATTEND_SIGNALS 1u
#define RF_ATTEND_COLLECT 2u

// A range that the thread has recorded whole in the epoch of cur, before its t.renewals passed on.
struct rf_known_range {
  uintptr_t from, end;
  uint64_t cur;
  uint32_t kind, renewals;
};
#define RF_KNOWN_RANGES 256

#define RF_HANDLERS 8
struct rf_handler_run {
  uintptr_t sp;          // its stack begins here
  uintptr_t interrupted; // stack of what it interrupted
  bool sudden;           // and that may be anything
};

// A pthread that carries routines in turn: what is its own while one of them runs. Its stack, on top of which its
// thread-local variables lie, is not judged when it goes there itself, whoever runs: it takes one step after the other.
struct rf_carrier {
  uintptr_t low, size; // of its stack; 0 for all others
  char *shadow_stack;
  size_t shadow_stack_bytes;
};

struct rf_self {
  struct rf_thread t;
  volatile uint32_t depth;         // how often inside; only this thread writes it
  uint64_t outside_in;             // the last round of rf_self_stop_others() that saw it outside; guarded by the registry
  volatile uint32_t attention;     // on leaving: signals wait, or a collection is wanted
  uint32_t held_signal_count;      // signals that came while inside
  bool masked;                     // signals are blocked until it leaves, then signal_mask holds again
  uint64_t signal_mask;
  bool live;                       // carries a logical thread
  bool silenced;                   // by this stay inside, in t.ignore_sync
  bool publishes;                  // created so that a join may follow its end
  struct rf_self *next, **prev;    // registry, guarded by its lock
  char *stack_low, *stack_high;    // of what it carries: the pthread's, or a routine's
  struct rf_carrier carrier;       // of routines (rf_routine.c)
  char *shadow_stack;              // mapping that holds frames and locals
  size_t shadow_stack_bytes;
  struct rf_local *locals;
  uintptr_t *depths;      // of the program's stack at each frame that __tsan_func_entry pushed
  struct rf_frame *frames_end; // beyond the room for frames
  uint32_t frames_beyond; // frames for which there was no room
  struct rf_fiber *fiber; // what runs here, NULL: nobody has asked (tsan/rf_tsan_fiber.c)
  siginfo_t held_signal[RF_HELD_SIGNALS];
  struct rf_handler_run handler[RF_HANDLERS]; // of the program, that run now, each on top of the one before
  uint32_t handler_count;
  char *signal_stack;              // in place of one that is too small for the runtime, NULL: none
  stack_t asked_stack;             // which the program asked for
  long tid;
  const char *wait_kind;           // what it waits for without a time limit, NULL: nothing (rf_wait.h)
  uintptr_t wait_on;
  rf_place wait_at;
  uint64_t wait_turns;             // how often it has waited
  struct rf_known_range known[RF_KNOWN_RANGES];
};

extern _Thread_local struct rf_self *rf_self_ptr __attribute__((tls_model("initial-exec")));

// Set while one thread needs all others outside (fork). Read at each entry.
extern volatile uint32_t rf_stopped;

struct rf_self *rf_self_attach(void);           // a thread that nobody announced, or the first call of all
void rf_self_wait(struct rf_self *s);           // stands aside while rf_stopped
void rf_self_attend(struct rf_self *s);         // does what attention asks for
void rf_self_collect_asked(struct rf_self *s);  // inside, with no lock held: a collection, if one is asked for

// Some module's library calls order nothing: what they stand for is told otherwise (rf_openmp.c).
extern bool rf_any_silent;

// An interceptor was called: by which code? For frames that do not say which call they are in, and for silent
// modules. frame: of a function of an interceptor's file (tsan/rf_tsan_frame.c).
void rf_called_from_outside(struct rf_self *s, void **frame, bool unsaid);
static inline void rf_note_caller(struct rf_self *s, void **frame) {
  const struct rf_frame *top = __rf_tls.sp - 1;
  if (!s->live)
    return;
  const bool unsaid = top >= s->t.frames && (!top->site || top->site->kind == RF_SITE_PC);
  if (RF_UNLIKELY(unsaid || rf_any_silent))
    rf_called_from_outside(s, frame, unsaid);
}

static inline struct rf_self *rf_enter(void) {
  struct rf_self *s = rf_self_ptr;
  if (RF_UNLIKELY(!s))
    s = rf_self_attach();
  s->depth = s->depth + 1;
  __atomic_signal_fence(__ATOMIC_SEQ_CST); // the stopper's membarrier does the rest
  if (RF_UNLIKELY(rf_stopped) && s->depth == 1)
    rf_self_wait(s);
#ifdef RF_KEEPS_FRAMES
  if (s->depth == 1)
    rf_note_caller(s, __builtin_frame_address(0));
#endif
  return s;
}

static inline void rf_leave(struct rf_self *s) {
  if (RF_UNLIKELY(s->silenced) && s->depth == 1) {
    s->silenced = false;
    if (s->t.ignore_sync)
      s->t.ignore_sync--;
  }
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  s->depth = s->depth - 1;
  if (RF_UNLIKELY(s->attention) && s->depth == 0)
    rf_self_attend(s);
}

// Blocks all signals but faults; returns the mask before.
uint64_t rf_signals_block(void);
void rf_signals_restore(uint64_t mask);
// A signal came while s is inside: it is sent again when s leaves. context: the ucontext_t of its handler.
// False: there is no room.
bool rf_signal_hold(struct rf_self *s, const siginfo_t *info, void *context);

void rf_signal_stack_free(struct rf_self *s);

// The pthread's own frames, as opposed to those of a fibre that it carries.
static inline struct rf_frame *rf_self_frames(const struct rf_self *s) { return (struct rf_frame *)s->shadow_stack; }

static inline bool rf_on_own_carrier(const struct rf_self *s, uintptr_t addr) {
  return addr - s->carrier.low < s->carrier.size;
}
static inline bool rf_carries_routine(const struct rf_self *s) {
  return s->carrier.shadow_stack && s->shadow_stack != s->carrier.shadow_stack;
}

// Runs action with the calling thread's state `s`, if it carries a logical thread.
#define RF_WITH_SELF(action)                                                                                 \
  do {                                                                                                       \
    struct rf_self *s = rf_enter();                                                                          \
    if (s->live) {                                                                                           \
      action;                                                                                                \
    }                                                                                                        \
    rf_leave(s);                                                                                             \
  } while (0)

// An interceptor that would judge memory has nothing to do: no threads, or the runtime itself calls.
static inline bool rf_stands_aside(void) { return rf_serial || !rf_self_ptr || rf_self_ptr->depth; }

// Makes the calling pthread carry the logical thread, and stop.
struct rf_self *rf_self_new(void);
void rf_self_begin(struct rf_self *s, struct rf_birth *birth, bool fresh_stack);
void rf_self_end(struct rf_self *s);
void rf_self_free(struct rf_self *s);
// Its shadow stack is this from now on, empty.
void rf_self_use_shadow(struct rf_self *s, char *map, size_t bytes);
size_t rf_shadow_stack_bytes(size_t stack_bytes); // how large one must be
// Calls visit for every routine with its stack and its locals, also for those that do not run.
struct rf_stack_view {
  uintptr_t low, high;
  const struct rf_local *locals, *end;
  uint32_t number;
};
void rf_routines_each(void (*visit)(const struct rf_stack_view *v, void *arg), void *arg);
void rf_fiber_thread_end(struct rf_self *s);

struct rf_range {
  uintptr_t from, to;
};
void rf_thread_locals_init(void);
void rf_thread_locals_checked(const struct rf_module *m); // defines some
// The thread-local variables of checked code of the calling thread that lie in its stack, object by object, ascending. i: 0 at first.
bool rf_thread_locals_next(unsigned *i, struct rf_range *out);
void rf_threads_watch_end(void); // the calling pthread's end is to end its logical thread
// Calls visit for every attached pthread; other threads may be running.
void rf_self_each(void (*visit)(struct rf_self *s, void *arg), void *arg);
// Accesses that took a slow path, of all threads so far.
uint64_t rf_self_lookups(void);
// The registry itself, for who must look at several at once. Nobody in it ends while it is held.
void rf_self_list_enter(void);
void rf_self_list_leave(void);
struct rf_self *rf_self_first(void);
void rf_self_stop_others(struct rf_self *me);
void rf_self_resume_others(void);
void rf_self_after_fork(struct rf_self *me);

void rf_self_starting(void); // what the runtime's own start calls is not judged
void rf_runtime_init(void); // idempotent
extern long rf_process_id;   // of the process whose memory this is
extern const struct rf_self *rf_main_self;

// The access happens in windows of the address space that have a shadow of their own.
#define RF_MAP_WINDOWS 5
struct rf_map_window {
  uint64_t from, to; // empty: both 0
};
extern struct rf_map_window rf_map_window[RF_MAP_WINDOWS]; // most used first
static inline bool rf_map_covers(uintptr_t addr, size_t size) {
  for (unsigned i = 0; i < RF_MAP_WINDOWS; i++)
    if (addr >= rf_map_window[i].from && addr + size <= rf_map_window[i].to)
      return true;
  return false;
}
// A signal handler of the program interrupted s somewhere, and it is it that runs. What left it unseen has left its
// stack, too.
#define RF_HANDLER_STACK (64 << 10)
static inline bool rf_in_handler(const struct rf_self *s) {
  if (!RF_UNLIKELY(s->handler_count))
    return false;
  const struct rf_handler_run *run = &s->handler[s->handler_count - 1];
  return run->sudden && run->sp - (uintptr_t)__builtin_frame_address(0) < RF_HANDLER_STACK;
}
// The thread goes on at this depth of its stack: forgets the handlers that it leaves by that.
void rf_handlers_left(struct rf_self *s, uintptr_t sp);
static inline void rf_jumping(uintptr_t sp) {
  if (rf_self_ptr && RF_UNLIKELY(rf_self_ptr->handler_count))
    rf_handlers_left(rf_self_ptr, sp);
}
#define RF_MAP_PAGE ((uintptr_t)2048) // bytes of the program per page of shadow
struct rf_shadow_map rf_map_reserve(void);
// Executes the program once more, at addresses that chance has no part in. Returns if that cannot be.
void rf_start_again(void);
// Whether anything was recorded in the page of shadow of addr.
bool rf_map_touched(uintptr_t addr);
// The range counts as new memory. clear keeps its shadow pages for whoever uses it next, drop gives them back.
void rf_map_clear(struct rf_thread *t, uintptr_t addr, size_t size);
void rf_map_drop(struct rf_thread *t, uintptr_t addr, size_t size);
// Gives the shadow pages of a range back that has been cleared and that nobody uses.
void rf_map_cold(uintptr_t addr, size_t size);

// An access by compiled code or by a library function on behalf of its caller.
void rf_check(struct rf_self *s, const void *p, size_t n, uint64_t kind, const struct rf_site *site,
              const struct rf_libsite *lib);

// The same for a write to all of a range that is dropped next: what no thread has touched costs next to nothing.
void rf_check_release(struct rf_self *s, const void *p, size_t n, const struct rf_libsite *lib);

// One line on stderr: `Redflag: WHAT`; the second ends the process, with status 1 unless there are reports.
void rf_say(const char *what, const char *detail);
_Noreturn void rf_refuse(const char *what, const char *detail);
void rf_host_reserve(void); // memory for the time when no more can be mapped
void rf_wait_if_refused(void); // does not return if another thread ends the process by rf_refuse()

// All of it, to stderr if it cannot be written there; raises no signal.
void rf_write(int fd, const char *p, size_t n);
size_t rf_write_some(int fd, const char *p, size_t n); // as much as can be written there; returns how much
void rf_report_init(void);
void rf_report_race(const struct rf_race *race);
struct rf_finding;
void rf_report_finding(const struct rf_finding *finding);
uint64_t rf_report_count(void); // reports that were not suppressed
// Ends reporting; returns the exit status that replaces the program's.
int rf_report_finish(int status);
void rf_report_after_fork(void);
bool rf_suppressions_load(const char *path);
void rf_suppressions_add(const char *text); // of the program's own
void rf_exit_now(int status) __attribute__((noreturn));

// Modules (executable or shared object) that carry checks, by address of code.
void rf_modules_add(struct rf_self *s, const struct rf_module *m);
void rf_modules_forget(uintptr_t from, uintptr_t to); // unloaded
void rf_modules_add_code(const void *code); // the module that holds this address carries checks
void rf_modules_silence(const void *code); // the module that holds this address
bool rf_modules_silent(const void *code);
void rf_modules_add_importers(const char *function); // shared objects that call it carry checks
bool rf_modules_judge(const void *code);
const struct rf_module *rf_modules_next(const struct rf_module *after);
// Names of what was linked or loaded without checks, one per call of visit.
void rf_modules_plain(void (*visit)(const char *name, void *arg), void *arg);

// The block that holds addr, if the heap knows one.
struct rf_block {
  uintptr_t start;
  size_t size;
  rf_place where; // allocation
};
bool rf_heap_find(uintptr_t addr, struct rf_block *out);
// The block that held addr until it was released at that place, if it is still known.
bool rf_heap_find_released(uintptr_t addr, rf_place at, struct rf_block *out);
void rf_heap_init(void);
bool rf_heap_is_ours(void); // false: the program has a malloc of its own
void *rf_heap_new(size_t n, size_t align, const struct rf_libsite *lib);
// False: it is not of this heap.
bool rf_heap_delete(void *p, const void *caller, const struct rf_libsite *lib);
// Reads n bytes of this process's memory at addr even where it is not mapped; false: it is not.
bool rf_peek(uintptr_t addr, void *out, size_t n);

#endif
