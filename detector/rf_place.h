// A place: which thread was where, kept for reports (an allocation, a creation, a lock taken). It outlives
// the epoch in which it was noted, whose id may be in use again, and the record of its thread.
//
//    63       62        37 36       21 20        0
//    [goroutine][number, 26][segment, 16][context, 21]      0: unknown
#ifndef RF_PLACE_H
#define RF_PLACE_H

#include "rf_cell.h"

typedef uint64_t rf_place;

#define RF_PLACE_SEG_BITS 16
#define RF_PLACE_NUMBER_BITS 26
_Static_assert(1 + RF_PLACE_NUMBER_BITS + RF_PLACE_SEG_BITS + RF_CELL_CTX_BITS == 64, "a place fills a word");

// A segment or a number beyond the bits there are makes the place unknown.
static inline rf_place rf_place_make(uint32_t number, bool goroutine, uint32_t seg, uint32_t ctx) {
  if (seg >> RF_PLACE_SEG_BITS || number >> RF_PLACE_NUMBER_BITS)
    return 0;
  return (uint64_t)goroutine << 63 | (uint64_t)number << (RF_CELL_CTX_BITS + RF_PLACE_SEG_BITS) |
         (uint64_t)seg << RF_CELL_CTX_BITS | ctx;
}
static inline bool rf_place_goroutine(rf_place p) { return p >> 63; }
static inline uint32_t rf_place_number(rf_place p) {
  return (uint32_t)(p >> (RF_CELL_CTX_BITS + RF_PLACE_SEG_BITS)) & ((1u << RF_PLACE_NUMBER_BITS) - 1);
}
static inline uint32_t rf_place_seg(rf_place p) {
  return (uint32_t)(p >> RF_CELL_CTX_BITS) & ((1u << RF_PLACE_SEG_BITS) - 1);
}
static inline uint32_t rf_place_ctx(rf_place p) { return (uint32_t)p & RF_CTX_MAX; }

#endif
