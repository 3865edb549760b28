// Contexts by makecontext and its kin: coroutines of one logical thread, each with a call stack of its own. Its shadow
// goes with it, on whatever pthread it runs. Contexts make no order: who moves them between threads sees to that.
//
// swapcontext keeps the shadow in its own frame, on the stack that it leaves; a context that starts gets an empty one;
// getcontext has no frame that lasts, and leaves a note in the context, where the C library uses nothing.
#include "rf_context.h"

#include "rf_host.h"
#include "rf_intercept.h"
#include "rf_lock.h"
#include "rf_mem.h"

#include <ucontext.h>

struct shadow {
  struct rf_frame *frames, *frames_end, *sp;
  struct rf_local *locals, *lsp;
  uintptr_t *depths;
  uint32_t frames_beyond;
  uint32_t handler_count;
  struct rf_handler_run handler[RF_HANDLERS];
};

// One per stack that a context was made on, until the stack's memory is given back.
struct rf_context {
  struct rf_context *next;
  uintptr_t low, high;
  char *map; // frames, locals, depths
  size_t frame_bytes;
  void *return_to; // where the entry function returns to in the C library; rf_context_stubs.S knows its place
  ucontext_t *link;
};
_Static_assert(offsetof(struct rf_context, return_to) == 40, "rf_context_stubs.S");

#define BUCKETS 1024u
static struct rf_context *table[BUCKETS]; // guarded by lock
static struct rf_lock lock;
_Atomic uint32_t rf_context_count;

void rf_context_calls_after_fork(void) { atomic_store_explicit(&lock.held, 0, memory_order_relaxed); }

static struct rf_context **bucket(uintptr_t low) { return &table[low / 4096 % BUCKETS]; }

// ---- Shadows ----

// Programs that tell of their fibres have them switched by that.
static bool follows(const struct rf_self *s) { return s->live && !s->fiber; }

static struct shadow shadow_of(const struct rf_self *s) {
  struct shadow w = {s->t.frames, s->frames_end, __rf_tls.sp,      s->locals,        __rf_tls.lsp,
                     s->depths,   s->frames_beyond, s->handler_count, {{0}}};
  for (uint32_t i = 0; i < w.handler_count; i++)
    w.handler[i] = s->handler[i];
  return w;
}

static void use(struct rf_self *s, const struct shadow *w) {
  s->t.frames = w->frames;
  s->frames_end = w->frames_end;
  s->locals = w->locals;
  s->depths = w->depths;
  s->frames_beyond = w->frames_beyond;
  s->handler_count = w->handler_count;
  for (uint32_t i = 0; i < w->handler_count; i++)
    s->handler[i] = w->handler[i];
  __rf_tls.sp = w->sp;
  __rf_tls.lsp = w->lsp;
}

static struct shadow shadow_in(char *map, size_t frame_bytes) {
  struct rf_frame *frames = (struct rf_frame *)map;
  struct rf_local *locals = (struct rf_local *)(map + frame_bytes);
  return (struct shadow){.frames = frames, .frames_end = (struct rf_frame *)locals, .sp = frames, .locals = locals,
                         .lsp = locals, .depths = (uintptr_t *)(map + 3 * frame_bytes)};
}

static struct shadow own_shadow(const struct rf_self *s) { return shadow_in(s->shadow_stack, s->shadow_stack_bytes / 7 * 2); }

// ---- Stacks ----

static size_t map_bytes(size_t frame_bytes) { return 3 * frame_bytes + frame_bytes / 2; }

static struct rf_context *context_at(uintptr_t low) {
  struct rf_context *c = *bucket(low);
  while (c && c->low != low)
    c = c->next;
  return c;
}

static struct rf_context *context_new(uintptr_t low) {
  struct rf_context *c = rf_mem_alloc(sizeof *c);
  *c = (struct rf_context){.next = *bucket(low), .low = low};
  *bucket(low) = c;
  atomic_fetch_add_explicit(&rf_context_count, 1, memory_order_relaxed);
  return c;
}

// A frame of the program's is at least as large as its shadow.
static struct rf_context *context_for(const stack_t *stack) {
  const uintptr_t low = (uintptr_t)stack->ss_sp;
  const size_t most = (size_t)1 << 28, need = stack->ss_size < most ? (stack->ss_size + 8191) & ~(size_t)8191 : most;
  rf_lock_enter(&lock);
  struct rf_context *c = context_at(low);
  if (!c)
    c = context_new(low);
  c->high = low + stack->ss_size;
  if (c->frame_bytes < need) {
    if (c->map)
      rf_host->unmap(c->map, map_bytes(c->frame_bytes));
    c->frame_bytes = need;
    c->map = rf_host->map(map_bytes(need));
  }
  rf_lock_leave(&lock);
  return c;
}

static bool gone(const struct rf_context *c, uintptr_t from, uintptr_t to) {
  return c->low >= from && c->low < to && (char *)rf_self_ptr->t.frames != c->map;
}

static void forget_in(struct rf_context **at, uintptr_t from, uintptr_t to) {
  while (*at) {
    struct rf_context *c = *at;
    if (!gone(c, from, to)) {
      at = &c->next;
      continue;
    }
    *at = c->next;
    rf_host->unmap(c->map, map_bytes(c->frame_bytes));
    rf_mem_free(c, sizeof *c);
    atomic_fetch_sub_explicit(&rf_context_count, 1, memory_order_relaxed);
  }
}

void rf_contexts_forget(uintptr_t from, size_t size) {
  const uintptr_t to = from + size, pages = (to + 4095) / 4096 - from / 4096;
  rf_lock_enter(&lock);
  for (uintptr_t i = 0; i < BUCKETS && i < pages; i++)
    forget_in(bucket(from + i * 4096), from, to);
  rf_lock_leave(&lock);
}

// ---- Jumps between stacks ----

static bool find_stack(uintptr_t sp, struct shadow *out) {
  bool found = false;
  rf_lock_enter(&lock);
  for (uint32_t i = 0; i < BUCKETS && !found; i++)
    for (const struct rf_context *c = table[i]; c && !found; c = c->next)
      if (sp >= c->low && sp < c->high) {
        *out = shadow_in(c->map, c->frame_bytes);
        found = true;
      }
  rf_lock_leave(&lock);
  return found;
}

// Whoever comes back puts its frame's place into __rf_tls itself; only the stack's beginning is to be found.
void rf_context_jumping(uintptr_t sp) {
  struct rf_self *s = rf_enter();
  if (follows(s)) {
    struct shadow w;
    if (!find_stack(sp, &w))
      w = own_shadow(s);
    if (w.frames != s->t.frames)
      use(s, &w);
  }
  rf_leave(s);
}

// ---- Notes ----

#define MARK UINT64_C(0x5266206e6f746531)

static uint64_t *note_of(ucontext_t *c) { return (uint64_t *)c->uc_mcontext.__reserved1; }
static uint64_t seal(const uint64_t *note) { return MARK ^ note[0] ^ note[1] << 1 ^ note[2] << 2; }

// Called by the interceptor of getcontext.
void rf_context_note(ucontext_t *c) {
  RF_READY();
  uint64_t *note = note_of(c);
  note[0] = (uint64_t)__rf_tls.sp;
  note[1] = (uint64_t)__rf_tls.lsp;
  note[2] = (uint64_t)rf_self_ptr->t.frames;
  note[3] = seal(note);
}

static void no_note(ucontext_t *c) { note_of(c)[3] = 0; }

static void follow_note(struct rf_self *s, ucontext_t *c) {
  const uint64_t *note = note_of(c);
  struct shadow w;
  if (note[3] != seal(note))
    return;
  if (!find_stack((uintptr_t)c->uc_mcontext.gregs[REG_RSP], &w))
    w = own_shadow(s);
  w.sp = (struct rf_frame *)note[0];
  w.lsp = (struct rf_local *)note[1];
  if ((uint64_t)w.frames == note[2] && w.sp >= w.frames && w.sp <= w.frames_end)
    use(s, &w);
}

// ---- The functions ----

RF_REAL_AS(, rf_real_getcontext, int, getcontext, (ucontext_t *));
RF_REAL_AS(, rf_real_makecontext, void, makecontext, (ucontext_t *, void (*)(void), int, ...));
RF_REAL(int, setcontext, (const ucontext_t *));
RF_REAL(int, swapcontext, (ucontext_t * from, const ucontext_t *to));
extern void rf_context_start(void);

// Called by the interceptor of makecontext; returns what is to be entered first. The C library leaves r12 and r13 as
// they are in the context.
void *rf_context_prepare(ucontext_t *c, void *entry) {
  RF_READY();
  struct rf_self *s = rf_enter();
  void *first = entry;
  no_note(c);
  if (follows(s) && c->uc_stack.ss_sp) {
    struct rf_context *mine = context_for(&c->uc_stack);
    mine->link = c->uc_link;
    c->uc_mcontext.gregs[REG_R12] = (greg_t)entry;
    c->uc_mcontext.gregs[REG_R13] = (greg_t)mine;
    first = (void *)rf_context_start;
  }
  rf_leave(s);
  return first;
}

// Called first and last on the stack of a context that was made.
void rf_context_begins(struct rf_context *c) {
  struct rf_self *s = rf_enter();
  const struct shadow w = shadow_in(c->map, c->frame_bytes);
  use(s, &w);
  rf_leave(s);
}

void *rf_context_ends(struct rf_context *c) {
  struct rf_self *s = rf_enter();
  void *const return_to = c->return_to;
  if (c->link)
    follow_note(s, c->link);
  rf_leave(s);
  return return_to;
}

RF_INTERCEPTOR int setcontext(const ucontext_t *to) {
  RF_READY();
  RF_WITH_SELF(if (!s->fiber) follow_note(s, (ucontext_t *)to));
  return real_setcontext(to);
}

// Apart, because a context may go on on another pthread, and a function may keep the address of thread-local
// variables.
__attribute__((noinline)) static bool leave(ucontext_t *from, const ucontext_t *to, struct shadow *w) {
  struct rf_self *s = rf_enter();
  const bool kept = follows(s);
  if (kept) {
    *w = shadow_of(s);
    no_note(from);
    follow_note(s, (ucontext_t *)to);
    s->handler_count = 0;
  }
  rf_leave(s);
  return kept;
}

__attribute__((noinline)) static void come_back(const struct shadow *w) { RF_WITH_SELF(use(s, w)); }

RF_INTERCEPTOR int swapcontext(ucontext_t *from, const ucontext_t *to) {
  RF_READY();
  struct shadow w;
  const bool kept = leave(from, to, &w);
  const int r = real_swapcontext(from, to);
  if (kept)
    come_back(&w);
  return r;
}
