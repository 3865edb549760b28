// The malloc family. Blocks come from the C library, each with a header before it, so that reports can name
// the block an address lies in. Invariant: a header is valid from the block's allocation to its release.
//
// Allocation: the memory is new, whatever was done to it before does not count.
// Release: writes the whole block (a use that is not ordered before it is a race).
#include "rf_real.h"
#include "rf_lock.h"
#include "rf_mem.h"
#include "rf_sys.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <sys/uio.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

#define MAGIC UINT64_C(0xc5)
#define SIZE_BITS 48
#define SIZE_MAX_BLOCK ((UINT64_C(1) << SIZE_BITS) - 1)
#define LARGE ((size_t)16 << 10) // blocks of at least this size are listed; smaller ones are found by scanning

struct header {
  uint64_t word;  // magic << 56 | log2 of the distance to the C library's block << 48 | size
  uint64_t where; // allocation as a cell; its low bits, unused there, hold a check of the address
};
_Static_assert(sizeof(struct header) == 16, "malloc's alignment must survive the header");

#define CHECK_MASK ((UINT64_C(1) << RF_CELL_CTX_SHIFT) - 1)

static uint64_t check_of(uintptr_t start) { return (start * UINT64_C(0x9e3779b97f4a7c15)) >> 54 & CHECK_MASK; }

static bool valid(const struct header *h, uintptr_t start) {
  return h->word >> 56 == MAGIC && (h->where & CHECK_MASK) == check_of(start) && (h->word >> 48 & 0xff) < SIZE_BITS;
}
static size_t size_of(const struct header *h) { return h->word & SIZE_MAX_BLOCK; }
static void *raw_of(const struct header *h, void *start) { return (char *)start - (1ull << (h->word >> 48 & 0xff)); }
static struct header *header_of(void *start) { return (struct header *)start - 1; }

// ---- Large blocks, listed ----

struct large {
  struct large *next;
  uintptr_t start;
  size_t size;
  uint64_t where;
};
#define LARGE_BUCKETS 1024u
static struct large *large_list[LARGE_BUCKETS]; // guarded by large_lock
static struct rf_lock large_lock;

static struct large **large_bucket(uintptr_t start) { return &large_list[(start >> 12) % LARGE_BUCKETS]; }

static void large_add(uintptr_t start, size_t size, uint64_t where) {
  struct large *l = rf_mem_alloc(sizeof *l);
  *l = (struct large){NULL, start, size, where};
  rf_lock_enter(&large_lock);
  l->next = *large_bucket(start);
  *large_bucket(start) = l;
  rf_lock_leave(&large_lock);
}

static void large_remove(uintptr_t start) {
  struct large *found = NULL;
  rf_lock_enter(&large_lock);
  for (struct large **at = large_bucket(start); *at; at = &(*at)->next)
    if ((*at)->start == start) {
      found = *at;
      *at = found->next;
      break;
    }
  rf_lock_leave(&large_lock);
  if (found)
    rf_mem_free(found, sizeof *found);
}

void rf_heap_after_fork(void) { atomic_store_explicit(&large_lock.held, 0, memory_order_relaxed); }

// ---- Finding the block that holds an address ----

bool rf_peek(uintptr_t addr, void *out, size_t n) {
  const struct iovec to = {out, n}, from = {(void *)addr, n};
  return rf_sys(SYS_process_vm_readv, rf_sys_getpid(), (long)&to, 1, (long)&from, 1, 0) == (long)n;
}

static bool find_large(uintptr_t addr, struct rf_block *out) {
  bool found = false;
  rf_lock_enter(&large_lock);
  for (uint32_t i = 0; i < LARGE_BUCKETS && !found; i++)
    for (const struct large *l = large_list[i]; l; l = l->next)
      if (addr >= l->start && addr - l->start < l->size) {
        *out = (struct rf_block){l->start, l->size, l->where};
        found = true;
      }
  rf_lock_leave(&large_lock);
  return found;
}

bool rf_heap_find(uintptr_t addr, struct rf_block *out) {
  if (find_large(addr, out))
    return true;
  for (uintptr_t start = addr & ~(uintptr_t)15; start + LARGE > addr && start > 4096; start -= 16) {
    struct header h;
    if (!rf_peek(start - sizeof h, &h, sizeof h))
      return false;
    if (!valid(&h, start))
      continue;
    if (addr - start >= size_of(&h))
      return false; // the nearest block ends before the address
    *out = (struct rf_block){start, size_of(&h), h.where & ~CHECK_MASK};
    return true;
  }
  return false;
}

// ---- Birth and death of blocks ----

static void *born(void *raw, unsigned shift, size_t size, const struct rf_libsite *lib) {
  if (!raw)
    return NULL;
  void *start = (char *)raw + (1ull << shift);
  uint64_t where = 0;
  struct rf_self *s = rf_self_ptr;
  if (s && s->live && !s->depth) {
    s = rf_enter();
    where = rf_cell_make(s->t.epoch, rf_thread_library_context(&s->t, lib), 0, 0);
    if (!rf_serial && rf_map_covers((uintptr_t)start, size))
      rf_shadow_clear(&s->t, (uintptr_t)start, size);
    if (size >= LARGE)
      large_add((uintptr_t)start, size, where);
    rf_leave(s);
  } else if (size >= LARGE && s) {
    large_add((uintptr_t)start, size, 0);
  }
  *header_of(start) = (struct header){MAGIC << 56 | (uint64_t)shift << 48 | size, where | check_of((uintptr_t)start)};
  return start;
}

// Judges the release and ends the block's life for the detector. caller: code that asked for it.
static void dying(void *start, size_t size, const void *caller, const struct rf_libsite *lib) {
  struct rf_self *s = rf_self_ptr;
  if (size >= LARGE && s)
    large_remove((uintptr_t)start);
  if (!s || !s->live || s->depth)
    return;
  s = rf_enter();
  if (!rf_serial && rf_modules_judge(caller))
    rf_check(s, start, size, RF_CELL_PLAIN | RF_CELL_WRITE, NULL, lib);
  rf_sync_forget((uintptr_t)start, size);
  rf_leave(s);
}

static void release(void *p, const void *caller, const struct rf_libsite *lib) {
  if (!p)
    return;
  struct header *h = header_of(p);
  if (!valid(h, (uintptr_t)p)) { // from before start-up, or not from us
    __libc_free(p);
    return;
  }
  dying(p, size_of(h), caller, lib);
  void *raw = raw_of(h, p);
  h->word = 0;
  __libc_free(raw);
}

#define LIB(variable, name) static const struct rf_libsite variable = RF_LIBSITE(name)
LIB(malloc_site, "malloc");
LIB(calloc_site, "calloc");
LIB(realloc_site, "realloc");
LIB(reallocarray_site, "reallocarray");
LIB(align_site, "aligned_alloc");
LIB(free_site, "free");
LIB(delete_site, "operator delete");

#define CALLER __builtin_return_address(0)

static void *too_large(void) {
  errno = ENOMEM;
  return NULL;
}

RF_INTERCEPTOR void *malloc(size_t n) {
  if (n > PTRDIFF_MAX - 64)
    return too_large();
  return born(__libc_malloc(n + sizeof(struct header)), 4, n, &malloc_site);
}

RF_INTERCEPTOR void *calloc(size_t count, size_t each) {
  size_t n;
  if (__builtin_mul_overflow(count, each, &n) || n > PTRDIFF_MAX - 64)
    return too_large();
  return born(__libc_calloc(1, n + sizeof(struct header)), 4, n, &calloc_site);
}

RF_INTERCEPTOR void free(void *p) { release(p, CALLER, &free_site); }

static void *aligned(size_t align, size_t n) {
  if (align <= 16)
    return born(__libc_malloc(n + sizeof(struct header)), 4, n, &align_site);
  if (n > PTRDIFF_MAX - 64 - align)
    return too_large();
  return born(__libc_memalign(align, n + align), (unsigned)__builtin_ctzl(align), n, &align_site);
}

static bool power_of_two(size_t n) { return n && !(n & (n - 1)); }

RF_INTERCEPTOR void *memalign(size_t align, size_t n) {
  size_t up = 16;
  while (up < align) // glibc rounds an odd alignment up
    up *= 2;
  return aligned(up, n);
}

RF_INTERCEPTOR void *aligned_alloc(size_t align, size_t n) { return memalign(align, n); }

RF_INTERCEPTOR int posix_memalign(void **out, size_t align, size_t n) {
  if (!power_of_two(align) || align % sizeof(void *))
    return EINVAL;
  const int saved = errno;
  void *p = aligned(align, n);
  errno = saved;
  if (!p)
    return ENOMEM;
  *out = p;
  return 0;
}

RF_INTERCEPTOR void *valloc(size_t n) { return aligned(4096, n); }
RF_INTERCEPTOR void *pvalloc(size_t n) { return aligned(4096, (n + 4095) & ~(size_t)4095); }

static void *resize(void *p, size_t n, const void *caller, const struct rf_libsite *lib) {
  if (!p)
    return malloc(n);
  struct header *h = header_of(p);
  if (!valid(h, (uintptr_t)p))
    return __libc_realloc(p, n);
  if (!n) {
    release(p, caller, lib);
    return NULL;
  }
  if (n > PTRDIFF_MAX - 64)
    return too_large();
  const size_t old = size_of(h);
  if (h->word >> 48 != (MAGIC << 8 | 4)) { // aligned: the C library would lose the alignment's padding
    void *q = malloc(n);
    if (!q)
      return NULL;
    __builtin_memcpy(q, p, old < n ? old : n);
    release(p, caller, lib);
    return q;
  }
  const struct header saved = *h;
  dying(p, old, caller, lib);
  void *raw = __libc_realloc(h, n + sizeof *h);
  if (raw)
    return born(raw, 4, n, lib);
  if (old >= LARGE && rf_self_ptr) // the old block lives on
    large_add((uintptr_t)p, old, saved.where & ~CHECK_MASK);
  return NULL;
}

RF_INTERCEPTOR void *realloc(void *p, size_t n) { return resize(p, n, CALLER, &realloc_site); }

RF_INTERCEPTOR void *reallocarray(void *p, size_t count, size_t each) {
  size_t n;
  if (__builtin_mul_overflow(count, each, &n))
    return too_large();
  return resize(p, n, CALLER, &reallocarray_site);
}

RF_REAL(size_t, malloc_usable_size, (void *p));
RF_INTERCEPTOR size_t malloc_usable_size(void *p) {
  if (!p)
    return 0;
  if (valid(header_of(p), (uintptr_t)p))
    return size_of(header_of(p));
  return real_malloc_usable_size ? real_malloc_usable_size(p) : 0;
}

// C++: operator new reaches malloc through the C++ library; delete is taken here, since only its caller
// tells whether the release is the program's.
#define DELETE(symbol, params)                                                                               \
  RF_INTERCEPTOR void symbol params { release(p, CALLER, &delete_site); }
DELETE(_ZdlPv, (void *p))
DELETE(_ZdaPv, (void *p))
DELETE(_ZdlPvm, (void *p, size_t n))
DELETE(_ZdaPvm, (void *p, size_t n))
DELETE(_ZdlPvSt11align_val_t, (void *p, size_t a))
DELETE(_ZdaPvSt11align_val_t, (void *p, size_t a))
DELETE(_ZdlPvmSt11align_val_t, (void *p, size_t n, size_t a))
DELETE(_ZdaPvmSt11align_val_t, (void *p, size_t n, size_t a))
DELETE(_ZdlPvRKSt9nothrow_t, (void *p, const void *t))
DELETE(_ZdaPvRKSt9nothrow_t, (void *p, const void *t))
