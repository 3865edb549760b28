// Start, function entry and exit, and stretches that are to be ignored.
//
// A frame is popped by its function's exit, which longjmp leaves out. So each frame remembers how deep the
// program's stack was: frames below the caller's depth are of functions that are gone. That holds on one stack
// only: signal stacks and fibres are left alone.
#include "rf_tsan.h"

// The entry was called by code that is not itself the function entered (a tool such as Archer): depths say
// nothing of its lifetime.
#define NO_DEPTH UINTPTR_MAX

static uintptr_t *depth_of(struct rf_self *s, const struct rf_frame *f) { return &s->depths[f - s->t.frames]; }

static bool on_thread_stack(const struct rf_self *s, uintptr_t at) {
  return at >= (uintptr_t)s->stack_low && at < (uintptr_t)s->stack_high && s->t.frames == rf_self_frames(s);
}

// alive: the stack pointer is at least here in every function that still runs.
static struct rf_frame *drop_dead(struct rf_self *s, struct rf_frame *top, uintptr_t alive) {
  if (on_thread_stack(s, alive))
    while (top > s->t.frames && rf_frame_is_foreign(top - 1) && *depth_of(s, top - 1) < alive)
      top--;
  return top;
}

// Code that __tsan_func_entry serves: a module that announced itself, or the executable, whose constructors may
// not be seen (below). All else is a tool.
extern const char __executable_start[] __attribute__((visibility("hidden")));
extern const char etext[] __attribute__((visibility("hidden")));

static bool in_executable(const void *pc) { return (const char *)pc >= __executable_start && (const char *)pc < etext; }

static bool is_checked(const void *pc) {
  if (rf_modules_judge(pc))
    return true;
  if (!in_executable(pc))
    return false;
  RF_WITH_SELF(rf_modules_add_code(pc));
  return true;
}

// pc: the address to which the function entered will return, in its caller.
RF_EXPORT void __tsan_func_entry(void *pc) {
  struct rf_self *s = rf_self_ptr;
  if (!s || !s->live)
    return;
  const uintptr_t at = (uintptr_t)__builtin_frame_address(0);
  const bool own = is_checked(__builtin_return_address(0));
  struct rf_frame *f = __rf_tls.sp;
  if (own)
    f = drop_dead(s, f, at + 1); // a frame at the very same depth is not the caller's
  if (f >= s->frames_end) { // frames beyond are counted, not told apart
    s->frames_beyond++;
    return;
  }
  const bool first = f == s->t.frames;
  const bool told = !first && (!rf_frame_is_foreign(f - 1) || *depth_of(s, f - 1) == NO_DEPTH);
  const struct rf_site *site = told ? NULL : rf_pc_site((uintptr_t)pc, 0);
  if (!first && !told)
    f[-1].site = site;
  __rf_tls.sp = f + 1; // first, so that a signal handler's frames lie above
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  *depth_of(s, f) = own ? at : NO_DEPTH;
  // Of a tool's first frame the address says where the thread's work comes from.
  *f = (struct rf_frame){first && !own ? site : NULL, 0, 0};
}

RF_EXPORT void __tsan_func_exit(void) {
  struct rf_self *s = rf_self_ptr;
  if (!s || !s->live)
    return;
  if (s->frames_beyond) {
    s->frames_beyond--;
    return;
  }
  struct rf_frame *top = __rf_tls.sp;
  if (rf_modules_judge(__builtin_return_address(0)))
    top = drop_dead(s, top, (uintptr_t)__builtin_frame_address(0));
  if (top > s->t.frames)
    __rf_tls.sp = top - 1;
}

extern const char __start_rf_intercept[] __attribute__((visibility("hidden")));
extern const char __stop_rf_intercept[] __attribute__((visibility("hidden")));

static bool is_interceptor(const void *pc) {
  return (const char *)pc >= __start_rf_intercept && (const char *)pc < __stop_rf_intercept;
}

#define HELPERS_MAX 8 // functions of the runtime between an interceptor and whoever asks

static void called_from(struct rf_self *s, const void *pc, bool unsaid) {
  if (rf_modules_silent(pc)) {
    s->silenced = true;
    s->t.ignore_sync++;
  }
  // A tool's frame says more than the library that the tool serves.
  if (unsaid && *depth_of(s, __rf_tls.sp - 1) != NO_DEPTH)
    __rf_tls.sp[-1].site = rf_pc_site((uintptr_t)pc, 0);
}

void rf_called_from_outside(struct rf_self *s, void **frame, bool unsaid) {
  for (unsigned i = 0; i < HELPERS_MAX; i++) {
    void **outer = frame[0], *pc = frame[1];
    if (!is_interceptor(pc)) {
      called_from(s, pc, unsaid);
      return;
    }
    if (outer <= frame || (char *)outer - (char *)frame > 4096)
      return; // no chain of frames after all
    frame = outer;
  }
}

// Called by a constructor of each object, from which gcc jumps here instead of calling: the return address may
// be the loader's. So shared objects are known by importing this very function.
RF_EXPORT void __tsan_init(void) {
  const void *pc = __builtin_return_address(0);
  rf_runtime_init();
  rf_heap_init(true);
  RF_WITH_SELF(if (in_executable(pc)) rf_modules_add_code(pc); rf_modules_add_importers("__tsan_init"));
}

RF_EXPORT void __tsan_ignore_thread_begin(void) { RF_WITH_SELF(s->t.ignore++); }
RF_EXPORT void __tsan_ignore_thread_end(void) {
  RF_WITH_SELF(if (s->t.ignore) s->t.ignore--);
}
