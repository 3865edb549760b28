#include "rf_readers.h"

// The latest reads of a slot that were met so far, from the newest to the oldest.
struct reads {
  uint32_t slot; // 1 more than it; 0: the entry is free
  uint8_t plain; // bytes of plain reads
  uint8_t any;   // bytes of all reads, which stand for atomic ones
  uint64_t clock;
};

static struct reads *find(struct reads *table, uint32_t bits, uint32_t slot) {
  const uint32_t mask = (1u << bits) - 1;
  uint32_t at = (uint32_t)((slot + 1) * UINT64_C(0x9e3779b97f4a7c15) >> (64 - bits));
  while (table[at].slot && table[at].slot != slot + 1)
    at = (at + 1) & mask;
  return &table[at];
}

// What is left of a read beside the later ones of its slot. Accesses of one slot are in program order or, where another
// thread was given the slot, ordered by the end of the first; the clock tells how.
static uint64_t beside_later(struct reads *table, uint32_t bits, uint64_t cell) {
  uint64_t clock;
  const struct rf_epoch_block *b = rf_epoch_block_of(rf_cell_epoch(cell), &clock);
  struct reads *r = find(table, bits, b->slot);
  if (!r->slot || clock > r->clock) // the first, or one that lies out of order: later ones than itself are not known
    *r = (struct reads){b->slot + 1, 0, 0, clock};
  const unsigned mask = rf_cell_mask(cell), left = mask & ~(unsigned)(cell & RF_CELL_PLAIN ? r->plain : r->any);
  r->clock = clock;
  r->any |= (uint8_t)mask;
  if (cell & RF_CELL_PLAIN)
    r->plain |= (uint8_t)mask;
  return left ? (cell & ~(uint64_t)0xff) | left : 0;
}

uint32_t rf_readers_sort(uint64_t *cell, uint32_t n, struct rf_remote *(*remote_of)(uint64_t cell)) {
  uint32_t bits = 1;
  while (1u << bits < 2 * n)
    bits++;
  const size_t table_bytes = sizeof(struct reads) << bits;
  // Reads from the end, the others from the front of a copy; both come back.
  const uint32_t scratch = rf_over_new((uint32_t)(table_bytes / sizeof(uint64_t)) + n);
  struct reads *table = (struct reads *)rf_over_at(scratch)->cell;
  uint64_t *sorted = rf_over_at(scratch)->cell + table_bytes / sizeof(uint64_t);
  for (uint32_t i = 0; i < 1u << bits; i++)
    table[i].slot = 0;
  uint32_t others = 0, reads = n;
  for (uint32_t i = 0; i < n; i++)
    if (!rf_readers_is_read(cell[i], remote_of(cell[i]) != NULL, remote_of(cell[i])))
      sorted[others++] = cell[i];
  for (uint32_t i = n; i-- > 0;) {
    const struct rf_remote *m = remote_of(cell[i]);
    if (!rf_readers_is_read(cell[i], m != NULL, m) || (!m && !rf_cell_mask(cell[i])))
      continue;
    const uint64_t left = m ? cell[i] : beside_later(table, bits, cell[i]);
    if (left)
      sorted[--reads] = left;
  }
  for (uint32_t i = 0; i < others; i++)
    cell[i] = sorted[i];
  for (uint32_t i = reads; i < n; i++)
    cell[others + i - reads] = sorted[i];
  rf_over_free(scratch);
  return others + n - reads;
}
