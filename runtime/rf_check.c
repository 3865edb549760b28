// Entry points of compiled code for memory: slow paths of inline checks, ranges, memory intrinsics.
#include "rf_runtime.h"

#include "rf_host.h"
#include "rf_options.h"
#include "rf_trace.h"

#include <immintrin.h>

#define READ RF_CELL_PLAIN
#define WRITE (RF_CELL_PLAIN | RF_CELL_WRITE)

__attribute__((noinline, cold)) static void tell_far(void) {
  rf_host->degraded("memory at an address outside the shadow's windows is not checked");
}

static void check(struct rf_self *s, uintptr_t addr, size_t n, const struct rf_access *a) {
  if (!s->live || RF_UNLIKELY(rf_on_own_carrier(s, addr)))
    return;
  if (RF_UNLIKELY(!rf_map_covers(addr, n)))
    tell_far();
  else
    rf_access(&s->t, addr, n, a);
}

// Most lie within one granule.
static inline void check_some(struct rf_self *s, uintptr_t addr, size_t n, const struct rf_access *a) {
  const bool one_granule = n && (addr & 7) + n <= 8;
  if (RF_LIKELY(s->live && one_granule && rf_map_covers(addr, n) && !rf_on_own_carrier(s, addr)))
    rf_access_small(&s->t, addr, n, a);
  else
    check(s, addr, n, a);
}

void rf_check(struct rf_self *s, const void *p, size_t n, uint64_t kind, const struct rf_site *site,
              const struct rf_libsite *lib) {
  if (s->live && !rf_serial)
    rf_trace_note(RF_TRACE_ACCESS, s->t.self->number, (uintptr_t)p, n, 0, kind);
  const struct rf_access a = {.kind = kind, .site = site, .lib = lib};
  uintptr_t at = (uintptr_t)p;
  // What one call touches may be more than memory_limit_mb leaves room for.
  enum { PIECE = 1 << 20 };
  for (; rf_options.memory_limit_mb && n > PIECE; at += PIECE, n -= PIECE) {
    check(s, at, PIECE, &a);
    rf_self_collect_asked(s);
  }
  check_some(s, at, n, &a);
}

void rf_check_release(struct rf_self *s, const void *p, size_t n, const struct rf_libsite *lib) {
  const uint64_t write = RF_CELL_PLAIN | RF_CELL_WRITE;
  const uintptr_t end = (uintptr_t)p + n;
  s->t.renewals++;
  enum { MANY_PAGES = 256 };
  if (n <= MANY_PAGES * RF_MAP_PAGE || !rf_map_covers((uintptr_t)p, n)) {
    rf_check(s, p, n, write, NULL, lib);
    return;
  }
  for (uintptr_t at = (uintptr_t)p; at < end;) {
    const uintptr_t next = (at | (RF_MAP_PAGE - 1)) + 1, to = next < end ? next : end;
    if (rf_map_touched(at))
      rf_check(s, (const void *)at, to - at, write, NULL, lib);
    at = to;
  }
}

__attribute__((noinline)) static void slow(void *p, size_t n, uint64_t kind, const struct rf_site *site,
                                           uint64_t value, bool has_value) {
  struct rf_self *s = rf_enter();
  check(s, (uintptr_t)p, n,
        &(struct rf_access){.kind = kind, .site = site, .value = value, .has_value = has_value});
  rf_leave(s);
}

// The inline check has missed.
__attribute__((noinline)) static void slow_small(void *p, size_t n, uint64_t kind, const struct rf_site *site,
                                                 uint64_t value, bool has_value) {
  struct rf_self *s = rf_enter();
  check_some(s, (uintptr_t)p, n,
             &(struct rf_access){.kind = kind, .site = site, .value = value, .has_value = has_value});
  rf_leave(s);
}

#define SLOW(bytes)                                                                                          \
  RF_EXPORT __attribute__((preserve_most)) void __rf_read##bytes(void *p, const struct rf_site *site) {      \
    slow_small(p, bytes, READ, site, 0, false);                                                              \
  }                                                                                                          \
  RF_EXPORT __attribute__((preserve_most)) void __rf_write##bytes(void *p, const struct rf_site *site,       \
                                                                  uint64_t value) {                          \
    slow_small(p, bytes, WRITE, site, value, true);                                                          \
  }
SLOW(1)
SLOW(2)
SLOW(4)
SLOW(8)

static inline uint64_t cell_differs(uintptr_t addr, const struct rf_tls *tls) {
  return __atomic_load_n((const uint64_t *)(tls->base + 2 * (addr & tls->mask)), __ATOMIC_RELAXED) ^ tls->cur;
}

// The bits in which any cell 0 of [cell, stop) differs from cur. Vector loads of aligned cells do not tear them, and
// what another thread writes meanwhile differs or is newer than what this one has to know.
__attribute__((target("avx2"))) static inline uint64_t cells_differ(const uint64_t *cell, const uint64_t *stop,
                                                                      uint64_t cur) {
  const __m256i want = _mm256_set1_epi64x((long long)cur);
  __m256i a = _mm256_setzero_si256(), b = a;
  for (; cell + 8 <= stop; cell += 8) {
    _mm_prefetch((const char *)(cell + 128), _MM_HINT_T0);
    a = _mm256_or_si256(a, _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)cell), want));
    b = _mm256_or_si256(b, _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)(cell + 4)), want));
  }
  a = _mm256_or_si256(a, b);
  uint64_t differs = (uint64_t)(_mm256_extract_epi64(a, 0) | _mm256_extract_epi64(a, 2));
  for (; cell < stop; cell += 2)
    differs |= __atomic_load_n(cell, __ATOMIC_RELAXED) ^ cur;
  return differs;
}

// What of whole granules in [from, end) this thread in this epoch has not recorded, piece by piece.
__attribute__((target("avx2"))) static void check_granules(uintptr_t from, uintptr_t end, uint64_t kind, const struct rf_site *site) {
  enum { PIECE = 512 };
  while (from < end) {
    const uintptr_t to = end - from > PIECE ? from + PIECE : end;
    const uint64_t *cell = (const uint64_t *)(__rf_tls.base + 2 * (from & __rf_tls.mask));
    if (RF_UNLIKELY(cells_differ(cell, cell + (to - from) / 4, __rf_tls.cur) & RF_CHECK_IMM(kind, 0xff)))
      slow((void *)from, to - from, kind, site, 0, false);
    from = to;
  }
}

static inline void check_range(uintptr_t from, uintptr_t end, uint64_t kind, const struct rf_site *site) {
  const struct rf_tls *tls = &__rf_tls;
  if (RF_UNLIKELY((from ^ (end - 1)) & ~(tls->mask | 7))) { // cells that are not in one piece
    slow((void *)from, end - from, kind, site, 0, false);
    return;
  }
  const uintptr_t first = (from + 7) & ~(uintptr_t)7, last = end & ~(uintptr_t)7;
  if (first > last) { // inside one granule
    if (cell_differs(from, tls) & RF_CHECK_IMM(kind, (0xffu << (from & 7)) & (0xffu >> (8 - (end & 7))) & 0xff))
      slow((void *)from, end - from, kind, site, 0, false);
    return;
  }
  if (from < first && cell_differs(from, tls) & RF_CHECK_IMM(kind, 0xffu << (from & 7) & 0xff))
    slow((void *)from, first - from, kind, site, 0, false);
  check_granules(first, last, kind, site);
  if (last < end && cell_differs(last, tls) & RF_CHECK_IMM(kind, 0xffu >> (8 - (end & 7))))
    slow((void *)last, end - last, kind, site, 0, false);
}

// Long ranges that a thread has checked lately. What it has recorded in an epoch needs no other look in that epoch,
// whoever else has been there since, unless the memory was given back meanwhile (t.renewals).
#define KNOWN_MIN 256
static inline bool range_known(struct rf_self *s, uintptr_t from, uintptr_t end, uint64_t kind) {
  const struct rf_known_range *k = &s->known[(from >> 4 ^ from >> 12) % RF_KNOWN_RANGES];
  return k->cur == __rf_tls.cur && k->from <= from && end <= k->end && k->renewals == s->t.renewals &&
         (k->kind & kind) == kind;
}

static inline void know_range(struct rf_self *s, struct rf_known_range r) {
  if (s->live && !s->t.ignore && r.cur == __rf_tls.cur) // it may have begun another epoch halfway
    s->known[(r.from >> 4 ^ r.from >> 12) % RF_KNOWN_RANGES] = r;
}

static inline void check_long(uintptr_t from, size_t n, uint64_t kind, const struct rf_site *site) {
  struct rf_self *s = rf_self_ptr;
  if (n < KNOWN_MIN || !s) {
    check_range(from, from + n, kind, site);
  } else if (!range_known(s, from, from + n, kind)) {
    const struct rf_known_range r = {from, from + n, __rf_tls.cur, (uint32_t)kind, s->t.renewals};
    check_range(from, from + n, kind, site);
    know_range(s, r);
  }
}

RF_EXPORT void __rf_read_range(void *p, uint64_t n, const struct rf_site *site) {
  if (n && !rf_serial)
    check_long((uintptr_t)p, n, READ, site);
}

RF_EXPORT void __rf_write_range(void *p, uint64_t n, const struct rf_site *site) {
  if (n && !rf_serial)
    check_long((uintptr_t)p, n, WRITE, site);
}

static void *copy(void *to, const void *from, size_t n, const struct rf_site *site) {
  __rf_read_range((void *)from, n, site);
  __rf_write_range(to, n, site);
  return to;
}

extern void *(*rf_real_memcpy)(void *, const void *, size_t);
extern void *(*rf_real_memmove)(void *, const void *, size_t);
extern void *(*rf_real_memset)(void *, int, size_t);

RF_EXPORT void __rf_memcpy(void *to, const void *from, uint64_t n, const struct rf_site *site) {
  rf_real_memcpy(copy(to, from, n, site), from, n);
}

RF_EXPORT void __rf_memmove(void *to, const void *from, uint64_t n, const struct rf_site *site) {
  rf_real_memmove(copy(to, from, n, site), from, n);
}

RF_EXPORT void __rf_memset(void *to, int byte, uint64_t n, const struct rf_site *site) {
  __rf_write_range(to, n, site);
  rf_real_memset(to, byte, n);
}

RF_EXPORT void __rf_vptr_write(void *p, void *value, const struct rf_site *site) {
  if (rf_serial)
    return;
  // A destructor that finds its own class's pointer there stores it once more: another thread that calls a
  // virtual function meanwhile sees no change, so this is no write.
  const bool same = __atomic_load_n((void **)p, __ATOMIC_RELAXED) == value;
  slow(p, 8, same ? READ : WRITE, site, (uint64_t)value, true);
}
