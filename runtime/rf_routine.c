// Routines: logical threads that share pthreads, of the goroutine library. One that does not run lies here with its
// state; no order arises from what it shares with others: the carrier, its stack's memory, its shadow stack.
#include "rf_edges.h"

#include "rf_runtime.h"

// In the page of its stack's top, where few words are used by most that wait, and so is this; its shadow stack follows.
struct rf_routine {
  struct rf_parked parked; // first: the list of all is the core's
  struct rf_frame *sp;     // while it does not run
  struct rf_local *lsp;
  uint32_t frames_beyond;
  char *stack_low;
};

#define RECORD ((sizeof(struct rf_routine) + 63) & ~(size_t)63)
#define NEAR ((size_t)1024) // of that page, of which its first frames get what the record leaves
_Static_assert(RECORD + 16 * sizeof(struct rf_frame) <= NEAR, "most have few open calls");

RF_EXPORT size_t __rf_routine_room(size_t bytes) { return NEAR + rf_shadow_stack_bytes(bytes); }

static char *stack_high(const struct rf_routine *r) { return (char *)r; }
static char *shadow_stack(const struct rf_routine *r) { return (char *)r + RECORD; }
static size_t shadow_stack_bytes(const struct rf_routine *r) {
  return rf_shadow_stack_bytes((size_t)(stack_high(r) - r->stack_low));
}

RF_EXPORT void __rf_routine_cold(void *low, size_t bytes) { rf_map_cold((uintptr_t)low, bytes); }

// ---- The carrier ----

static void know_carrier(struct rf_self *s) {
  if (s->carrier.shadow_stack)
    return;
  s->carrier = (struct rf_carrier){(uintptr_t)s->stack_low, (uintptr_t)(s->stack_high - s->stack_low), s->shadow_stack,
                                   s->shadow_stack_bytes};
}

// Whatever still runs here finds no match and is turned away by rf_check().
static void carries_nobody(struct rf_self *s) {
  s->live = false;
  rf_self_use_shadow(s, s->carrier.shadow_stack, s->carrier.shadow_stack_bytes);
  s->stack_low = (char *)s->carrier.low;
  s->stack_high = s->stack_low + s->carrier.size;
  s->handler_count = 0;
  __rf_tls.mask = 0;
  __rf_tls.cur = RF_CELL_KIND | 0xff;
  __rf_tls.sp = (struct rf_frame *)s->shadow_stack;
  __rf_tls.lsp = s->locals;
}

static void carries(struct rf_self *s, const struct rf_routine *r) {
  know_carrier(s);
  rf_self_use_shadow(s, shadow_stack(r), shadow_stack_bytes(r));
  s->stack_low = r->stack_low;
  s->stack_high = stack_high(r);
  s->handler_count = 0;
}

// ---- abi/rf_edges.h; the caller is inside ----

RF_EXPORT struct rf_routine *__rf_routine_begin(struct rf_birth *birth, void *low, size_t bytes, int fresh) {
  struct rf_self *s = rf_self_ptr;
  if (!birth)
    return NULL;
  struct rf_routine *r = (struct rf_routine *)((char *)low + bytes);
  r->stack_low = low;
  carries(s, r);
  rf_self_begin(s, birth, fresh); // a stack that passes on was dropped at its routine's end
  rf_parked_begin(&r->parked, &s->t);
  return r;
}

RF_EXPORT void __rf_routine_resume(struct rf_routine *r) {
  struct rf_self *s = rf_self_ptr;
  if (!r)
    return;
  carries(s, r);
  s->frames_beyond = r->frames_beyond;
  __rf_tls.sp = r->sp;
  __rf_tls.lsp = r->lsp;
  rf_thread_unpark(&s->t, &r->parked, &__rf_tls);
  s->live = true;
}

RF_EXPORT void __rf_routine_soon(const struct rf_routine *r) {
  if (!r)
    return;
  for (size_t at = 0; at < sizeof *r; at += 64)
    __builtin_prefetch((const char *)r + at, 1);
}

RF_EXPORT void __rf_routine_park(struct rf_routine *r) {
  struct rf_self *s = rf_enter();
  if (!r)
    return;
  r->sp = __rf_tls.sp;
  r->lsp = __rf_tls.lsp;
  r->frames_beyond = s->frames_beyond;
  rf_thread_park(&s->t, &r->parked);
  carries_nobody(s);
}

RF_EXPORT void __rf_routine_end(struct rf_routine *r) {
  struct rf_self *s = rf_enter();
  if (!r)
    return;
  rf_self_end(s);
  rf_parked_end(&r->parked);
  carries_nobody(s);
}

RF_EXPORT void __rf_routine_arrive(void) { rf_leave(rf_self_ptr); }

RF_EXPORT void __rf_routine_idle(int idle) {
  if (idle)
    rf_leave(rf_self_ptr);
  else
    rf_enter();
}

// ---- Open calls ----

static size_t open_calls(const char *shadow_stack, size_t bytes, const struct rf_frame *sp, const struct rf_site **out,
                         size_t max) {
  const struct rf_frame *base = (const struct rf_frame *)shadow_stack;
  size_t n = 0;
  if (sp < base || (size_t)((const char *)sp - shadow_stack) > bytes)
    return 0;
  while (sp-- > base && n < max)
    for (const struct rf_site *s = __atomic_load_n(&sp->site, __ATOMIC_RELAXED); s && n < max;
         s = s->inlined_at ? (const struct rf_site *)((const char *)&s->inlined_at + s->inlined_at) : NULL)
      out[n++] = s;
  return n;
}

RF_EXPORT size_t __rf_routine_calls(const struct rf_routine *r, const struct rf_site **sites, size_t max) {
  if (!r)
    return 0;
  const struct rf_frame *sp = __atomic_load_n(&r->sp, __ATOMIC_RELAXED);
  return open_calls(shadow_stack(r), shadow_stack_bytes(r) / 7 * 2, sp, sites, max);
}

RF_EXPORT struct rf_self *__rf_thread_handle(void) { return rf_self_ptr; }

RF_EXPORT size_t __rf_thread_calls(const struct rf_self *s, const struct rf_site **sites, size_t max) {
  return s && s->t.tls ? open_calls(s->shadow_stack, s->shadow_stack_bytes / 7 * 2, s->t.tls->sp, sites, max) : 0;
}

// ---- For reports ----

struct walk {
  void (*visit)(const struct rf_stack_view *v, void *arg);
  void *arg;
};

// Those that run are seen on their carriers.
static void view(struct rf_parked *p, void *arg) {
  const struct rf_routine *r = (const struct rf_routine *)p;
  const struct walk *w = arg;
  if (p->epoch_first)
    w->visit(&(struct rf_stack_view){(uintptr_t)r->stack_low, (uintptr_t)stack_high(r),
                                     (const struct rf_local *)(shadow_stack(r) + shadow_stack_bytes(r) / 7 * 2), r->lsp,
                                     p->self->number},
             w->arg);
}

void rf_routines_each(void (*visit)(const struct rf_stack_view *v, void *arg), void *arg) {
  struct walk w = {visit, arg};
  rf_parked_each(view, &w);
}
