// Fibres: logical threads that the program switches between by itself. A fibre that does not run lies here
// with its whole state; switching exchanges that for the running one's. Edges: creation -> first step; each
// switch -> what the fibre switched to does next, unless the switch says that it orders nothing.
#include "rf_host.h"
#include "rf_mem.h"
#include "rf_tsan.h"

#define NO_SYNC 1u
#define STACK_BYTES ((size_t)1 << 20) // of frames and locals; touched lazily

struct rf_fiber {
  struct rf_thread t; // while it does not run
  struct rf_tls tls;  // its own until it first runs; then sp and lsp of the interrupted state
  struct rf_local *locals;
  uintptr_t *depths;
  struct rf_frame *frames_end;
  uint32_t frames_beyond;
  char *stack; // mapping of frames, locals and depths; NULL: the context that a pthread began with
  bool runs;
};

// The pthread's own context becomes a fibre when somebody asks for it.
static struct rf_fiber *current(struct rf_self *s) {
  if (!s->fiber) {
    s->fiber = rf_mem_alloc(sizeof *s->fiber);
    s->fiber->runs = true;
  }
  return s->fiber;
}

static void put_away(struct rf_self *s, struct rf_fiber *f) {
  rf_thread_move(&f->t, &s->t);
  f->tls = __rf_tls;
  f->locals = s->locals;
  f->depths = s->depths;
  f->frames_end = s->frames_end;
  f->frames_beyond = s->frames_beyond;
  f->runs = false;
  f->t.tls = &f->tls;
  f->t.self->parked = true;
}

static void take_up(struct rf_self *s, struct rf_fiber *f) {
  rf_thread_move(&s->t, &f->t);
  s->t.tls = &__rf_tls;
  s->t.self->parked = false;
  s->locals = f->locals;
  s->depths = f->depths;
  s->frames_end = f->frames_end;
  s->frames_beyond = f->frames_beyond;
  s->fiber = f;
  f->runs = true;
  __rf_tls.sp = f->tls.sp;
  __rf_tls.lsp = f->tls.lsp;
  __rf_tls.cur = s->t.epoch << RF_CELL_EPOCH_SHIFT | RF_CELL_KIND | 0xff;
  if (rf_serial)
    rf_shadow_serial_cell(__rf_tls.cur);
  rf_shadow_attach(&__rf_tls);
}

RF_EXPORT void *__tsan_get_current_fiber(void) {
  struct rf_fiber *f = NULL;
  RF_WITH_SELF(f = current(s));
  return f;
}

static struct rf_fiber *create(struct rf_self *s) {
  struct rf_fiber *f = rf_mem_alloc(sizeof *f);
  f->stack = rf_host->map(3 * STACK_BYTES);
  f->locals = (struct rf_local *)(f->stack + STACK_BYTES);
  f->depths = (uintptr_t *)(f->stack + 2 * STACK_BYTES);
  f->frames_end = (struct rf_frame *)f->locals;
  struct rf_birth *birth = rf_thread_fork(&s->t, RF_THREAD_FIBER, "", NULL);
  birth->child->parked = true;
  rf_thread_begin(&f->t, birth, &f->tls, (struct rf_frame *)f->stack);
  f->tls.lsp = f->locals;
  return f;
}

RF_EXPORT void *__tsan_create_fiber(unsigned flags) {
  struct rf_fiber *f = NULL;
  (void)flags;
  RF_WITH_SELF(f = create(s));
  return f;
}

RF_EXPORT void __tsan_destroy_fiber(void *fiber) {
  struct rf_fiber *f = fiber;
  if (!f || f->runs || !f->stack)
    return; // misuse: it is in use, or the pthread's own
  RF_WITH_SELF(rf_thread_end(&f->t, false); rf_thread_retire(&f->t); rf_host->unmap(f->stack, 3 * STACK_BYTES);
               rf_sync_forget((uintptr_t)f, 1); rf_mem_free(f, sizeof *f));
}

static void switch_to(struct rf_self *s, struct rf_fiber *to, bool orders) {
  struct rf_fiber *from = current(s);
  if (to == from || to->runs)
    return;
  if (orders)
    rf_sync_release_merge_at(&s->t, (uintptr_t)to);
  put_away(s, from);
  take_up(s, to);
  if (orders)
    rf_sync_acquire_at(&s->t, (uintptr_t)to);
}

RF_EXPORT void __tsan_switch_to_fiber(void *fiber, unsigned flags) {
  RF_WITH_SELF(switch_to(s, fiber, !(flags & NO_SYNC)));
}

RF_EXPORT void __tsan_set_fiber_name(void *fiber, const char *name) {
  struct rf_fiber *f = fiber;
  RF_WITH_SELF(rf_thread_name((f->runs ? &s->t : &f->t)->self, name));
}

// The pthread ends: what it began with is not switched to any more.
void rf_fiber_thread_end(struct rf_self *s) {
  if (s->fiber && !s->fiber->stack)
    rf_mem_free(s->fiber, sizeof *s->fiber);
  s->fiber = NULL;
}
