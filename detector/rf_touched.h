// Which pages of shadow hold cells: memory is given back, cleared and searched by those, not by its size, and without
// asking the kernel. A page that has no cell may be listed; a page that has one is, since whoever stores the first cell
// of a granule lists the page afterwards.
#ifndef RF_TOUCHED_H
#define RF_TOUCHED_H

#include "rf_ceiling.h"
#include "rf_owner.h"

#define RF_TOUCHED_PAGE_BITS 11 // bytes of the program whose shadow fills a page
#define RF_TOUCHED_PAGE (UINT64_C(1) << RF_TOUCHED_PAGE_BITS)

#define RF_SHADOW_PAGE_BYTES UINT64_C(4096) // of its shadow

#define RF_TOUCHED_REGION_BITS 27

extern uint32_t *rf_touched_table;  // by block (rf_owner.h), a bit for each page
extern uint8_t *rf_touched_regions; // not 0: a page of the region has been listed; so the table need not be read whole
_Static_assert(RF_OWNER_BLOCK_BITS - RF_TOUCHED_PAGE_BITS == 5, "the pages of a block fill a word");

void rf_touched_init(uint64_t positions);
extern uint64_t rf_touched_listed; // pages
static inline uint64_t rf_touched_count(void) { return __atomic_load_n(&rf_touched_listed, __ATOMIC_RELAXED); }

// The pages of the position's block.
static inline uint32_t rf_touched_pages(uint64_t position) {
  return __atomic_load_n(&rf_touched_table[position >> RF_OWNER_BLOCK_BITS], __ATOMIC_RELAXED);
}
static inline uint32_t rf_touched_bit(uint64_t position) { return 1u << (position >> RF_TOUCHED_PAGE_BITS & 31); }
static inline bool rf_touched(uint64_t position) { return rf_touched_pages(position) & rf_touched_bit(position); }
// A cell has been stored.
static inline void rf_touched_list(uint64_t position) {
  if (rf_touched(position))
    return;
  const uint32_t bit = rf_touched_bit(position);
  const uint32_t before = __atomic_fetch_or(&rf_touched_table[position >> RF_OWNER_BLOCK_BITS], bit, __ATOMIC_RELAXED);
  __atomic_store_n(&rf_touched_regions[position >> RF_TOUCHED_REGION_BITS], 1, __ATOMIC_RELAXED);
  if (before & bit)
    return;
  __atomic_fetch_add(&rf_touched_listed, 1, __ATOMIC_RELAXED);
  rf_ceiling_take_asking(RF_SHADOW_PAGE_BYTES);
}
// The page's cells are about to be cleared. A full fence: a cell that is not seen by what follows is listed after this.
static inline void rf_touched_unlist(uint64_t position) {
  const uint32_t bit = rf_touched_bit(position);
  if (!(__atomic_fetch_and(&rf_touched_table[position >> RF_OWNER_BLOCK_BITS], ~bit, __ATOMIC_SEQ_CST) & bit))
    return;
  __atomic_fetch_sub(&rf_touched_listed, 1, __ATOMIC_RELAXED);
  rf_ceiling_give(RF_SHADOW_PAGE_BYTES);
}

#endif
