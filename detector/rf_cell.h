// The algebra of shadow cells: what conflicts, what covers what. The encoding itself is the ABI's, since
// compiled code reads it. test/unit/cell_test.c proves each function against its definition in words.
#ifndef RF_CELL_H
#define RF_CELL_H

#include "rf_abi.h"
#include <stdbool.h>

_Static_assert(RF_CELL_MASK_BITS + 2 + RF_CELL_CTX_BITS + RF_CELL_EPOCH_BITS == 64, "a cell fills a word");
_Static_assert(RF_CELL_EPOCH_SHIFT == 31, "a sign-extended immediate must select the epoch");

#define RF_EPOCH_MAX ((UINT64_C(1) << RF_CELL_EPOCH_BITS) - 2)
#define RF_EPOCH_OVERFLOW ((UINT64_C(1) << RF_CELL_EPOCH_BITS) - 1)
#define RF_CTX_MAX ((1u << RF_CELL_CTX_BITS) - 1)

static inline uint64_t rf_cell_make(uint64_t epoch, uint32_t ctx, uint64_t kind, unsigned mask) {
  return epoch << RF_CELL_EPOCH_SHIFT | (uint64_t)ctx << RF_CELL_CTX_SHIFT | kind | mask;
}
static inline uint64_t rf_cell_epoch(uint64_t c) { return c >> RF_CELL_EPOCH_SHIFT; }
static inline uint32_t rf_cell_ctx(uint64_t c) { return (uint32_t)(c >> RF_CELL_CTX_SHIFT) & RF_CTX_MAX; }
static inline unsigned rf_cell_mask(uint64_t c) { return c & 0xff; }
static inline uint64_t rf_cell_kind(uint64_t c) { return c & RF_CELL_KIND; }

// C11 5.1.2.4p25: two accesses of the same bytes conflict if one writes; they race if one is not atomic.
static inline bool rf_kind_conflicts(uint64_t a, uint64_t b) {
  return ((a | b) & RF_CELL_WRITE) && ((a | b) & RF_CELL_PLAIN);
}

// Whatever conflicts with weak also conflicts with strong. Of the four kinds, a plain write is the
// strongest, an atomic read the weakest, and plain read and atomic write do not compare.
static inline bool rf_kind_covers(uint64_t strong, uint64_t weak) { return (strong & weak) == weak; }

// The whole test of an inline check, in words: same epoch, all bytes, at least as strong.
static inline bool rf_cell_hits(uint64_t cell, uint64_t cur, uint64_t kind, unsigned mask) {
  return ((cell ^ cur) & RF_CHECK_IMM(kind, mask)) == 0;
}

#endif
