// Entry points of compiled code for memory: slow paths of inline checks, ranges, memory intrinsics.
#include "rf_runtime.h"

#include "rf_host.h"
#include "rf_trace.h"

#define READ RF_CELL_PLAIN
#define WRITE (RF_CELL_PLAIN | RF_CELL_WRITE)

__attribute__((noinline, cold)) static void tell_far(void) {
  rf_host->degraded("memory at an address outside the shadow's windows is not checked");
}

static void check(struct rf_self *s, uintptr_t addr, size_t n, const struct rf_access *a) {
  if (!s->live)
    return;
  if (RF_UNLIKELY(!rf_map_covers(addr, n)))
    tell_far();
  else
    rf_access(&s->t, addr, n, a);
}

void rf_check(struct rf_self *s, const void *p, size_t n, uint64_t kind, const struct rf_site *site,
              const struct rf_libsite *lib) {
  if (s->live && !rf_serial)
    rf_trace_note(RF_TRACE_ACCESS, s->t.self->number, (uintptr_t)p, n, 0, kind);
  check(s, (uintptr_t)p, n, &(struct rf_access){.kind = kind, .site = site, .lib = lib});
}

void rf_check_release(struct rf_self *s, const void *p, size_t n, const struct rf_libsite *lib) {
  const uint64_t write = RF_CELL_PLAIN | RF_CELL_WRITE;
  const uintptr_t end = (uintptr_t)p + n;
  enum { PAGES = 256 };
  if (n <= PAGES * RF_MAP_PAGE || !rf_map_covers((uintptr_t)p, n)) {
    rf_check(s, p, n, write, NULL, lib);
    return;
  }
  for (uintptr_t at = (uintptr_t)p; at < end;) {
    unsigned char touched[PAGES];
    const bool known = rf_map_touched(at, PAGES, touched);
    for (size_t i = 0; i < PAGES && at < end; i++) {
      const uintptr_t next = (at & ~(uintptr_t)(RF_MAP_PAGE - 1)) + RF_MAP_PAGE, to = next < end ? next : end;
      if (!known || touched[i])
        rf_check(s, (const void *)at, to - at, write, NULL, lib);
      at = to;
    }
  }
}

__attribute__((noinline)) static void slow(void *p, size_t n, uint64_t kind, const struct rf_site *site,
                                           uint64_t value, bool has_value) {
  struct rf_self *s = rf_enter();
  check(s, (uintptr_t)p, n,
        &(struct rf_access){.kind = kind, .site = site, .value = value, .has_value = has_value});
  rf_leave(s);
}

// The inline check has missed: aligned accesses lie within one granule.
__attribute__((noinline)) static void slow_small(void *p, size_t n, uint64_t kind, const struct rf_site *site,
                                                 uint64_t value, bool has_value) {
  struct rf_self *s = rf_enter();
  const struct rf_access a = {.kind = kind, .site = site, .value = value, .has_value = has_value};
  const bool one_granule = ((uintptr_t)p & 7) + n <= 8;
  if (RF_LIKELY(s->live && one_granule && rf_map_covers((uintptr_t)p, n)))
    rf_access_small(&s->t, (uintptr_t)p, n, &a);
  else
    check(s, (uintptr_t)p, n, &a);
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

RF_EXPORT void __rf_read_range(void *p, uint64_t n, const struct rf_site *site) {
  if (!rf_serial)
    slow(p, n, READ, site, 0, false);
}

RF_EXPORT void __rf_write_range(void *p, uint64_t n, const struct rf_site *site) {
  if (!rf_serial)
    slow(p, n, WRITE, site, 0, false);
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
