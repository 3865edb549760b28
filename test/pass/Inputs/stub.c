// A runtime for tests of the compiler side: prints every call that compiled code makes, and performs it. Its one
// cell never matches, so that every inline check takes its slow path.
#include "rf_abi.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t cell; // no epoch: differs from cur in every bit that counts
static struct rf_frame frames[1 << 16];
static struct rf_local locals[1 << 12];
_Thread_local struct rf_tls __rf_tls __attribute__((tls_model("initial-exec")));

__attribute__((constructor(0))) static void start(void) {
  __rf_tls = (struct rf_tls){~UINT64_C(0), 0, (uint64_t)&cell, frames, locals};
  frames[0].site = NULL;
  setvbuf(stdout, NULL, _IONBF, 0);
}

static const char *text(const int32_t *field) { return *field ? (const char *)field + *field : "-"; }

static void print_site(const struct rf_site *s) {
  const char *file = text(&s->file), *slash = strrchr(file, '/');
  printf(" at %s:%u:%u in %s expr `%s` type `%s` kind %d size %d", slash ? slash + 1 : file, s->line, s->col,
         text(&s->func), text(&s->expr), text(&s->type), s->kind, s->size);
  if (s->inlined_at) {
    printf(" inlined");
    print_site((const struct rf_site *)((const char *)&s->inlined_at + s->inlined_at));
  }
}

// How deep the shadow stack is and which calls it holds; and the locals that are pushed.
static void print_stack(void) {
  printf(" depth %td", __rf_tls.sp - frames);
  for (struct rf_local *l = locals; l < __rf_tls.lsp; l++)
    printf(" local %s:%s:%s:%" PRIu64, text(&l->var->func), text(&l->var->name), text(&l->var->type),
           l->var->size);
}

static void event(const char *what, const struct rf_site *s) {
  printf("%s", what);
  print_site(s);
  print_stack();
  printf("\n");
}

#define SLOW __attribute__((preserve_most)) void
#define READ(n)                                                                                              \
  SLOW __rf_read##n(void *p, const struct rf_site *s) { event("read" #n, s); }
#define WRITE(n)                                                                                             \
  SLOW __rf_write##n(void *p, const struct rf_site *s, uint64_t v) {                                         \
    printf("[%" PRIx64 "] ", v);                                                                             \
    event("write" #n, s);                                                                                    \
  }
READ(1) READ(2) READ(4) READ(8) WRITE(1) WRITE(2) WRITE(4) WRITE(8)

void __rf_read_range(void *p, uint64_t n, const struct rf_site *s) {
  printf("[%" PRIu64 "] ", n);
  event("read_range", s);
}
void __rf_write_range(void *p, uint64_t n, const struct rf_site *s) {
  printf("[%" PRIu64 "] ", n);
  event("write_range", s);
}
void __rf_memcpy(void *d, const void *p, uint64_t n, const struct rf_site *s) {
  event("memcpy", s);
  memcpy(d, p, n);
}
void __rf_memmove(void *d, const void *p, uint64_t n, const struct rf_site *s) {
  event("memmove", s);
  memmove(d, p, n);
}
void __rf_memset(void *d, int c, uint64_t n, const struct rf_site *s) {
  event("memset", s);
  memset(d, c, n);
}
void __rf_vptr_write(void *p, void *v, const struct rf_site *s) { event("vptr", s); }

#define ATOMICS(bits, t)                                                                                     \
  t __rf_atomic##bits##_load(t *p, int o, const struct rf_site *s) {                                         \
    printf("order %d ", o);                                                                                  \
    event("atomic" #bits "_load", s);                                                                        \
    return *p;                                                                                               \
  }                                                                                                          \
  void __rf_atomic##bits##_store(t *p, t v, int o, const struct rf_site *s) {                                \
    printf("order %d ", o);                                                                                  \
    event("atomic" #bits "_store", s);                                                                       \
    *p = v;                                                                                                  \
  }                                                                                                          \
  RMW(bits, t, exchange, v)                                                                                  \
  RMW(bits, t, fetch_add, old + v)                                                                           \
  RMW(bits, t, fetch_sub, old - v)                                                                           \
  RMW(bits, t, fetch_and, old &v)                                                                            \
  RMW(bits, t, fetch_or, old | v)                                                                            \
  RMW(bits, t, fetch_xor, old ^ v)                                                                           \
  RMW(bits, t, fetch_nand, ~(old & v))                                                                       \
  t __rf_atomic##bits##_cas(t *p, t e, t d, int o, int f, const struct rf_site *s) {                         \
    printf("order %d/%d ", o, f);                                                                            \
    event("atomic" #bits "_cas", s);                                                                         \
    t old = *p;                                                                                              \
    if (old == e)                                                                                            \
      *p = d;                                                                                                \
    return old;                                                                                              \
  }
#define RMW(bits, t, op, result)                                                                             \
  t __rf_atomic##bits##_##op(t *p, t v, int o, const struct rf_site *s) {                                    \
    printf("order %d ", o);                                                                                  \
    event("atomic" #bits "_" #op, s);                                                                        \
    t old = *p;                                                                                              \
    *p = (result);                                                                                           \
    return old;                                                                                              \
  }
ATOMICS(8, uint8_t)
ATOMICS(16, uint16_t)
ATOMICS(32, uint32_t)
ATOMICS(64, uint64_t)
ATOMICS(128, unsigned __int128)

void __rf_atomic_fence(int o, const struct rf_site *s) {
  printf("order %d ", o);
  event("fence", s);
}

void __rf_constructed(void) { puts("constructed"); }
void __rf_loaded(void) { puts("loaded"); }

void __rf_module_init(const struct rf_module *m) {
  printf("module abi %u with %" PRIu64 " variables\n", m->abi, m->global_count);
  for (uint64_t i = 0; i < m->global_count; i++) {
    const struct rf_var *v = m->globals[i].var;
    printf("variable %s type `%s` func %s line %u size %" PRIu64 "\n", text(&v->name), text(&v->type),
           text(&v->func), v->line, v->size);
  }
}

// Runs the goroutine at once, on a copy of its arguments as the library does.
void __rf_go_spawn(void (*thunk)(void *), const void *args, uint64_t n, const struct rf_site *s) {
  char copy[4096] __attribute__((aligned(64)));
  printf("[%" PRIu64 "] ", n);
  event("go", s);
  memcpy(copy, args, n);
  memset((void *)args, 0x55, n);
  thunk(copy);
}

// The same for a block; boxes are counted, and poisoned when nobody has them any more.
struct box {
  uint64_t users, bytes;
};
static unsigned boxes;

void *__rf_go_box_new(uint64_t n, uint64_t align, const struct rf_var *v) {
  struct box *b = aligned_alloc(64, (64 + n + 63) / 64 * 64);
  char *p = (char *)b + 64;
  *b = (struct box){1, n};
  boxes++;
  printf("box of %" PRIu64 ", %" PRIu64 " aligned", n, align);
  if (v)
    printf(" for %s:%s:%s", text(&v->func), text(&v->name), text(&v->type));
  printf("%s\n", (uintptr_t)p % align ? ", which it is not" : "");
  return memset(p, 0x55, n);
}

void __rf_go_box_drop(void *p) {
  struct box *b = p ? (struct box *)((char *)p - 64) : NULL;
  if (!b || --b->users)
    return;
  boxes--;
  memset(p, 0x66, b->bytes);
}

void __rf_go_spawn_block(void (*body)(void *), const void *args, uint64_t n, void *const *list, uint64_t count,
                         const struct rf_site *s) {
  for (uint64_t i = 0; i < count; i++)
    ((struct box *)((char *)list[i] - 64))->users++;
  printf("[%" PRIu64 " boxes] ", count);
  __rf_go_spawn(body, args, n, s);
  for (uint64_t i = 0; i < count; i++)
    __rf_go_box_drop(list[i]);
}

extern const char __start_redflag_plain[] __attribute__((weak)), __stop_redflag_plain[] __attribute__((weak));

__attribute__((destructor)) static void end(void) {
  printf("depth at exit %td\n", __rf_tls.sp - frames);
  if (boxes)
    printf("boxes at exit %u\n", boxes);
  for (const char *p = __start_redflag_plain; p && p < __stop_redflag_plain; p += strlen(p) + 1)
    printf("plain: %s\n", p);
}
