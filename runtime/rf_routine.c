// Routines: logical threads that share pthreads, of the goroutine library. One that does not run lies here with its
// state; no order arises from what it shares with others: the carrier, its stack's memory, its shadow stack.
#include "rf_edges.h"

#include "rf_host.h"
#include "rf_limit.h"
#include "rf_lock.h"
#include "rf_mem.h"
#include "rf_runtime.h"
#include "rf_sys.h"

#include <sys/mman.h>

struct rf_routine {
  struct rf_parked parked; // first: the list of all is the core's
  struct rf_frame *sp;     // while it does not run
  struct rf_local *lsp;
  uint32_t frames_beyond;
  char *stack_low, *stack_high;
  char *shadow_stack;
  size_t shadow_stack_bytes;
};

// ---- Shadow stacks ----
// All of one size, cut out of larger mappings, so that these stay few. The first word links those that are free.

#define SLAB 32u
#define KEEP_WARM 256u

static struct rf_lock lock;
static char **free_shadows;    // guarded by lock
static uint32_t free_count;    // guarded by lock
static size_t shadow_bytes;    // guarded by lock, of all in the list; 0: not known yet

static void add_slab(void) {
  char *at = rf_host->map(SLAB * shadow_bytes);
  rf_sys_madvise((uintptr_t)at, SLAB * shadow_bytes, MADV_NOHUGEPAGE);
  for (unsigned i = SLAB; i--;) {
    char **s = (char **)(at + i * shadow_bytes);
    *s = (char *)free_shadows;
    free_shadows = s;
  }
  free_count += SLAB;
}

static char *shadow_take(size_t bytes) {
  char *found = NULL;
  rf_lock_enter(&lock);
  if (!shadow_bytes)
    shadow_bytes = bytes;
  if (bytes == shadow_bytes) {
    if (!free_shadows)
      add_slab();
    found = (char *)free_shadows;
    free_shadows = (char **)*free_shadows;
    free_count--;
  }
  rf_lock_leave(&lock);
  return found ? found : rf_host->map(bytes);
}

static void shadow_give(char *shadow, size_t bytes) {
  if (bytes != __atomic_load_n(&shadow_bytes, __ATOMIC_RELAXED)) {
    rf_host->unmap(shadow, bytes);
    return;
  }
  if (__atomic_load_n(&free_count, __ATOMIC_RELAXED) > KEEP_WARM)
    rf_sys_madvise((uintptr_t)shadow, bytes, MADV_DONTNEED);
  rf_lock_enter(&lock);
  *(char **)shadow = (char *)free_shadows;
  free_shadows = (char **)shadow;
  free_count++;
  rf_lock_leave(&lock);
}

void rf_routines_after_fork(void) { atomic_store_explicit(&lock.held, 0, memory_order_relaxed); }

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
  rf_self_use_shadow(s, r->shadow_stack, r->shadow_stack_bytes);
  s->stack_low = r->stack_low;
  s->stack_high = r->stack_high;
  s->handler_count = 0;
}

// ---- abi/rf_edges.h; the caller is inside ----

RF_EXPORT struct rf_routine *__rf_routine_begin(struct rf_birth *birth, void *low, size_t bytes) {
  struct rf_self *s = rf_self_ptr;
  if (!birth)
    return NULL;
  struct rf_routine *r = rf_mem_alloc(sizeof *r);
  r->stack_low = low;
  r->stack_high = (char *)low + bytes;
  r->shadow_stack_bytes = rf_shadow_stack_bytes(bytes);
  r->shadow_stack = shadow_take(r->shadow_stack_bytes);
  carries(s, r);
  rf_self_begin(s, birth);
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
  shadow_give(r->shadow_stack, r->shadow_stack_bytes);
  rf_mem_free(r, sizeof *r);
}

RF_EXPORT void __rf_routine_arrive(void) { rf_leave(rf_self_ptr); }

RF_EXPORT void __rf_routine_idle(int idle) {
  if (idle)
    rf_leave(rf_self_ptr);
  else
    rf_enter();
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
    w->visit(&(struct rf_stack_view){(uintptr_t)r->stack_low, (uintptr_t)r->stack_high,
                                     (const struct rf_local *)(r->shadow_stack + r->shadow_stack_bytes / 7 * 2), r->lsp,
                                     p->self->number},
             w->arg);
}

void rf_routines_each(void (*visit)(const struct rf_stack_view *v, void *arg), void *arg) {
  struct walk w = {visit, arg};
  rf_parked_each(view, &w);
}
