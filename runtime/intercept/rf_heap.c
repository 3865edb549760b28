// The malloc family. Blocks come from the C library, each with a header before it, so that reports can name
// the block an address lies in. Invariant: a header is valid from the block's allocation to its release.
//
// Allocation: the memory is new, whatever was done to it before does not count.
// Release: writes the whole block (a use that is not ordered before it is a race).
#include "rf_real.h"
#include "rf_context.h"
#include "rf_lock.h"
#include "rf_mem.h"
#include "rf_misuse.h"
#include "rf_options.h"
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

// The C library's own, whatever a preloaded library puts before it: its locks would order threads that allocate.
// NULL: not yet known. Blocks that are given out until then have no header, and go back by the names above.
static void *(*libc_malloc)(size_t);
static void *(*libc_calloc)(size_t, size_t);
static void *(*libc_realloc)(void *, size_t);
static void *(*libc_memalign)(size_t, size_t);
static void (*libc_free)(void *);

static void *libc_function(const char *name, void *otherwise) {
  void *found = rf_real_in("libc.so.6", name);
  return found ? found : otherwise;
}
#define LIBC(name) (*(void **)&libc_##name = libc_function("__libc_" #name, (void *)__libc_##name))

void rf_heap_init(void) {
  LIBC(calloc);
  LIBC(realloc);
  LIBC(memalign);
  LIBC(free);
  LIBC(malloc);
}

#define SIZE_BITS 47
#define SHIFT_BITS 6
#define CHECK_BITS 11
#define FIELD(word, at, bits) ((word) >> (at) & ((UINT64_C(1) << (bits)) - 1))
#define LARGE ((size_t)16 << 10) // blocks of at least this size are listed; smaller ones are found by scanning

#define MAPPED_LEAST ((size_t)64 << 10) // less than any M_MMAP_THRESHOLD that pays

struct header {
  uint64_t word;  // check << 53 | log2 of the distance to the C library's block << 47 | size
  rf_place where; // allocation
};
_Static_assert(sizeof(struct header) == 16, "malloc's alignment must survive the header");

static struct header header_make(uintptr_t start, size_t size, unsigned shift, rf_place where) {
  const uint64_t low = (uint64_t)shift << SIZE_BITS | size;
  const uint64_t check = ((start ^ where) * UINT64_C(0x9e3779b97f4a7c15) ^ low) * UINT64_C(0xd6e8feb86659fd93);
  return (struct header){(check >> (64 - CHECK_BITS)) << (SIZE_BITS + SHIFT_BITS) | low, where};
}
static size_t size_of(const struct header *h) { return FIELD(h->word, 0, SIZE_BITS); }
static unsigned shift_of(const struct header *h) { return FIELD(h->word, SIZE_BITS, SHIFT_BITS); }
static void *raw_of(const struct header *h, void *start) { return (char *)start - (1ull << shift_of(h)); }
static struct header *header_of(void *start) { return (struct header *)start - 1; }

// The check has few bits; what else a header can hold makes chance hits in other memory rarer still.
static bool valid(const struct header *h, uintptr_t start) {
  return h->word == header_make(start, size_of(h), shift_of(h), h->where).word && shift_of(h) >= 4 &&
         shift_of(h) < SIZE_BITS && (!h->where || rf_place_known(h->where));
}

// ---- Large blocks, listed ----

struct large {
  struct large *next;
  uintptr_t start;
  size_t size;
  rf_place where;
};
#define LARGE_BUCKETS 1024u
static struct large *large_list[LARGE_BUCKETS]; // guarded by large_lock
static struct rf_lock large_lock;

static struct large **large_bucket(uintptr_t start) { return &large_list[(start >> 12) % LARGE_BUCKETS]; }

static void large_add(uintptr_t start, size_t size, rf_place where) {
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

// Where that call is forbidden: this one reads its mask before it finds that there is no such thing to do with it.
static bool readable(uintptr_t addr) {
  const long nothing = 99;
  return rf_sys(SYS_rt_sigprocmask, nothing, (long)addr, 0, 8, 0, 0) == -EINVAL;
}

bool rf_peek(uintptr_t addr, void *out, size_t n) {
  const struct iovec to = {out, n}, from = {(void *)addr, n};
  const long r = rf_sys(SYS_process_vm_readv, rf_sys_getpid(), (long)&to, 1, (long)&from, 1, 0);
  if (r >= 0 || r == -EFAULT)
    return r == (long)n;
  const uintptr_t last = (addr + n - 1) & ~(uintptr_t)7;
  if (n > 4096 || !readable(addr & ~(uintptr_t)7) || !readable(last))
    return false;
  __builtin_memcpy(out, (const void *)addr, n);
  return true;
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
    *out = (struct rf_block){start, size_of(&h), h.where};
    return true;
  }
  return false;
}

// ---- Blocks that were released ----

// The C library overwrites the header of a block that it takes back. What reports say of a use after free is kept
// here, by the block's start: a later release of the same block replaces the earlier, and so may that of another.
// Writers do not exclude each other; what two of them have mixed fails the check.
struct released {
  _Atomic uintptr_t start;
  _Atomic size_t size;
  _Atomic rf_place where, at; // allocation and release
  _Atomic uint64_t check;
};
#define RELEASED_BITS 12
static struct released released[1u << RELEASED_BITS];

static uint64_t released_check(uintptr_t start, size_t size, rf_place where, rf_place at) {
  uint64_t h = start;
  h = (h ^ size) * UINT64_C(0x9e3779b97f4a7c15);
  h = (h ^ where) * UINT64_C(0xd6e8feb86659fd93);
  return (h ^ at) * UINT64_C(0x9e3779b97f4a7c15);
}

#define STORE(field, value) atomic_store_explicit(&(field), value, memory_order_relaxed)
#define LOAD(field) atomic_load_explicit(&(field), memory_order_relaxed)

static void released_add(uintptr_t start, size_t size, rf_place where, rf_place at) {
  struct released *r = &released[(start >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> (64 - RELEASED_BITS)];
  STORE(r->start, start);
  STORE(r->size, size);
  STORE(r->where, where);
  STORE(r->at, at);
  STORE(r->check, released_check(start, size, where, at));
}

bool rf_heap_find_released(uintptr_t addr, rf_place at, struct rf_block *out) {
  for (uint32_t i = 0; i < 1u << RELEASED_BITS; i++) {
    const struct released *r = &released[i];
    if (LOAD(r->at) != at)
      continue;
    const struct rf_block block = {LOAD(r->start), LOAD(r->size), LOAD(r->where)};
    if (addr - block.start >= block.size || LOAD(r->check) != released_check(block.start, block.size, block.where, at))
      continue;
    *out = block;
    return true;
  }
  return false;
}

// ---- Birth and death of blocks ----

// Neither malloc nor free may be called by a handler that may have interrupted one of them (POSIX XSH 2.4.3).
static void judge_handler(struct rf_self *s) {
  if (rf_in_handler(s) && rf_options.report_signal_unsafe)
    rf_misuse_handler_call(s);
}

// A lock in the block that its releaser holds itself.
static void judge_locks(struct rf_self *s, uintptr_t start, size_t size) {
  for (uint32_t i = 0; i < s->t.held_count; i++)
    if (s->t.held[i].lock - start < size)
      rf_misuse_free(s, &s->t.held[i]);
}

static void *born(void *raw, unsigned shift, size_t size, const struct rf_libsite *lib) {
  if (!raw)
    return NULL;
  void *start = (char *)raw + (1ull << shift);
  rf_place where = 0;
  struct rf_self *s = rf_self_ptr;
  if (s && s->live && !s->depth) {
    s = rf_enter();
    judge_handler(s);
    where = rf_thread_where_in(&s->t, lib);
    if (!rf_serial && rf_map_covers((uintptr_t)start, size))
      rf_shadow_clear(&s->t, (uintptr_t)start, size);
    if (size >= LARGE)
      large_add((uintptr_t)start, size, where);
    rf_leave(s);
  } else if (size >= LARGE && s) {
    large_add((uintptr_t)start, size, 0);
  }
  *header_of(start) = header_make((uintptr_t)start, size, shift, where);
  return start;
}

// Judges the release and ends the block's life for the detector. where: its allocation. caller: code that asked for it.
// The C library's malloc maps a large block alone, says so in the word before it (IS_MMAPPED in glibc's malloc.c, the
// same since 2.0), and unmaps it when it is released, out of our sight.
static bool is_mapped_alone(const void *raw, size_t size) {
  return size >= MAPPED_LEAST && libc_free && ((const size_t *)raw)[-1] & 2;
}

// unmapped: the C library is about to unmap the block, so its shadow goes too.
static void dying(void *start, size_t size, rf_place where, bool unmapped, const void *caller,
                  const struct rf_libsite *lib) {
  struct rf_self *s = rf_self_ptr;
  if (size >= LARGE && s)
    large_remove((uintptr_t)start);
  if (!s || !s->live || s->depth)
    return;
  s = rf_enter();
  if (!rf_serial && rf_modules_judge(caller)) {
    released_add((uintptr_t)start, size, where, rf_thread_where_in(&s->t, lib)); // before a use can race with it
    if (unmapped)
      rf_check_release(s, start, size, lib);
    else
      rf_check(s, start, size, RF_CELL_PLAIN | RF_CELL_WRITE, NULL, lib);
  }
  if (unmapped)
    rf_map_drop(&s->t, (uintptr_t)start, size);
  judge_handler(s);
  judge_locks(s, (uintptr_t)start, size);
  rf_sync_forget((uintptr_t)start, size);
  rf_context_memory_gone((uintptr_t)start, size);
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
  void *raw = raw_of(h, p);
  dying(p, size_of(h), h->where, is_mapped_alone(raw, size_of(h)), caller, lib);
  h->word = 0;
  libc_free(raw);
}

#define LIB(variable, name) static const struct rf_libsite variable = RF_LIBSITE(name)
LIB(malloc_site, "malloc");
LIB(calloc_site, "calloc");
LIB(realloc_site, "realloc");
LIB(reallocarray_site, "reallocarray");
LIB(align_site, "aligned_alloc");
LIB(free_site, "free");

#define CALLER __builtin_return_address(0)

static void *too_large(void) {
  errno = ENOMEM;
  return NULL;
}

static void *own_malloc(size_t n) {
  if (n > PTRDIFF_MAX - 64)
    return too_large();
  return libc_malloc ? born(libc_malloc(n + sizeof(struct header)), 4, n, &malloc_site) : __libc_malloc(n);
}
RF_INTERCEPTOR void *malloc(size_t n) __attribute__((alias("own_malloc")));

RF_INTERCEPTOR void *calloc(size_t count, size_t each) {
  size_t n;
  if (__builtin_mul_overflow(count, each, &n) || n > PTRDIFF_MAX - 64)
    return too_large();
  return libc_malloc ? born(libc_calloc(1, n + sizeof(struct header)), 4, n, &calloc_site) : __libc_calloc(1, n);
}

RF_INTERCEPTOR void free(void *p) { release(p, CALLER, &free_site); }

static void *aligned_by(size_t align, size_t n, const struct rf_libsite *lib) {
  if (n > PTRDIFF_MAX - 64 - align)
    return too_large();
  if (!libc_malloc)
    return __libc_memalign(align, n);
  if (align <= 16)
    return born(libc_malloc(n + sizeof(struct header)), 4, n, lib);
  return born(libc_memalign(align, n + align), (unsigned)__builtin_ctzl(align), n, lib);
}
static void *aligned(size_t align, size_t n) { return aligned_by(align, n, &align_site); }

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
  if (shift_of(h) != 4) { // aligned: the C library would lose the alignment's padding
    void *q = malloc(n);
    if (!q)
      return NULL;
    __builtin_memcpy(q, p, old < n ? old : n);
    release(p, caller, lib);
    return q;
  }
  const struct header saved = *h;
  dying(p, old, saved.where, false, caller, lib);
  void *raw = libc_realloc(h, n + sizeof *h);
  if (raw)
    return born(raw, 4, n, lib);
  if (old >= LARGE && rf_self_ptr) // the old block lives on
    large_add((uintptr_t)p, old, saved.where);
  return NULL;
}

RF_INTERCEPTOR void *realloc(void *p, size_t n) { return resize(p, n, CALLER, &realloc_site); }

RF_INTERCEPTOR void *reallocarray(void *p, size_t count, size_t each) {
  size_t n;
  if (__builtin_mul_overflow(count, each, &n))
    return too_large();
  return rf_heap_is_ours() ? resize(p, n, CALLER, &reallocarray_site) : realloc(p, n);
}

RF_REAL(size_t, malloc_usable_size, (void *p));
RF_INTERCEPTOR size_t malloc_usable_size(void *p) {
  if (!p)
    return 0;
  if (rf_heap_is_ours() && valid(header_of(p), (uintptr_t)p))
    return size_of(header_of(p));
  return real_malloc_usable_size ? real_malloc_usable_size(p) : 0;
}

// ---- For C++ (rf_operator_calls.c) ----

void *rf_heap_new(size_t n, size_t align, const struct rf_libsite *lib) { return aligned_by(align, n, lib); }

bool rf_heap_delete(void *p, const void *caller, const struct rf_libsite *lib) {
  if (!valid(header_of(p), (uintptr_t)p))
    return false;
  release(p, caller, lib);
  return true;
}

bool rf_heap_is_ours(void) { return malloc == own_malloc; }
