// Accesses. The same comparison as the inline check comes first; a call that hits it does nothing else.
#include "rf_tsan.h"

#define READ RF_CELL_PLAIN
#define WRITE (RF_CELL_PLAIN | RF_CELL_WRITE) // covers a read, so that read_write is one access

__attribute__((noinline)) static void slow(void *p, size_t n, uint64_t kind, uintptr_t pc) {
  struct rf_self *s = rf_enter();
  if (!s->t.ignore)
    rf_check(s, p, n, kind, rf_pc_site(pc, n <= 16 ? (uint8_t)n : 0), NULL);
  rf_leave(s);
}

// n is a constant of at most 8.
static inline __attribute__((always_inline)) void touch(void *p, unsigned n, uint64_t kind, uintptr_t pc) {
  const uint64_t *cell = (const uint64_t *)(__rf_tls.base + 2 * ((uintptr_t)p & __rf_tls.mask));
  const unsigned at = (uintptr_t)p & 7;
  const uint64_t seen = __atomic_load_n(cell, __ATOMIC_RELAXED);
  if (at + n > 8 || !rf_cell_hits(seen, __rf_tls.cur, kind, ((1u << n) - 1) << at))
    slow(p, n, kind, pc);
}

static inline __attribute__((always_inline)) void touch16(void *p, uint64_t kind, uintptr_t pc) {
  if (!rf_serial)
    slow(p, 16, kind, pc);
}

static void range(void *p, size_t n, uint64_t kind, uintptr_t pc) {
  if (!rf_serial && n)
    slow(p, n, kind, pc);
}

#define ONE(name, kind, call)                                                                                \
  RF_EXPORT void name(void *p) { call(kind, RF_CALLER_PC); }
#define ONE_PC(name, kind, call)                                                                             \
  RF_EXPORT void name(void *p, void *pc) { call(kind, (uintptr_t)pc); }

// prefix: unaligned_, volatile_ (a plain access as C11 has it) or both.
#define FAMILY(prefix, n, call)                                                                              \
  ONE(__tsan_##prefix##read##n, READ, call)                                                                  \
  ONE(__tsan_##prefix##write##n, WRITE, call)
#define FAMILY_PC(n, call)                                                                                   \
  ONE_PC(__tsan_read##n##_pc, READ, call)                                                                    \
  ONE_PC(__tsan_write##n##_pc, WRITE, call)                                                                  \
  ONE(__tsan_read_write##n, WRITE, call)                                                                     \
  ONE(__tsan_unaligned_read_write##n, WRITE, call)
#define FAMILIES(n, call)                                                                                    \
  FAMILY(, n, call)                                                                                          \
  FAMILY(unaligned_, n, call)                                                                                \
  FAMILY(volatile_, n, call)                                                                                 \
  FAMILY(unaligned_volatile_, n, call)                                                                       \
  FAMILY_PC(n, call)

#define AT1(kind, pc) touch(p, 1, kind, pc)
#define AT2(kind, pc) touch(p, 2, kind, pc)
#define AT4(kind, pc) touch(p, 4, kind, pc)
#define AT8(kind, pc) touch(p, 8, kind, pc)
#define AT16(kind, pc) touch16(p, kind, pc)
FAMILIES(1, AT1)
FAMILIES(2, AT2)
FAMILIES(4, AT4)
FAMILIES(8, AT8)
FAMILIES(16, AT16)

#define RANGE(name, kind)                                                                                    \
  RF_EXPORT void __tsan_##name##_range(void *p, unsigned long n) { range(p, n, kind, RF_CALLER_PC); }        \
  RF_EXPORT void __tsan_##name##_range_pc(void *p, unsigned long n, void *pc) {                              \
    range(p, n, kind, (uintptr_t)pc);                                                                        \
  }
RANGE(read, READ)
RANGE(write, WRITE)

// ---- Pointers to virtual tables ----

RF_EXPORT void __tsan_vptr_read(void **p) { touch(p, 8, READ, RF_CALLER_PC); }

// Storing what is there already, as destructors do, reads (see __rf_vptr_write).
RF_EXPORT void __tsan_vptr_update(void **p, void *value) {
  const bool same = __atomic_load_n(p, __ATOMIC_RELAXED) == value;
  touch(p, 8, same ? READ : WRITE, RF_CALLER_PC);
}

// ---- Memory intrinsics ----

extern void *(*rf_real_memcpy)(void *, const void *, size_t);
extern void *(*rf_real_memmove)(void *, const void *, size_t);
extern void *(*rf_real_memset)(void *, int, size_t);

#define COPY(name)                                                                                           \
  RF_EXPORT void *__tsan_##name(void *to, const void *from, unsigned long n) {                               \
    range((void *)from, n, READ, RF_CALLER_PC);                                                              \
    range(to, n, WRITE, RF_CALLER_PC);                                                                       \
    return rf_real_##name(to, from, n);                                                                      \
  }
COPY(memcpy)
COPY(memmove)

RF_EXPORT void *__tsan_memset(void *to, int byte, unsigned long n) {
  range(to, n, WRITE, RF_CALLER_PC);
  return rf_real_memset(to, byte, n);
}
