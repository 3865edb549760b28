// Granules that many threads read. A read conflicts with writes only, so it need not be judged against other reads:
// those matter to it only as cells that it may stand for. A record of more than RF_READERS_MANY cells is therefore
// *sorted*: what may write lies in front, reads behind. A read looks at the front and at the RF_READERS_RECENT latest
// reads, however many there are. What it would have replaced among the others goes when the record is full, by
// rf_readers_sort(), which makes room for as many reads as it looks at; so a read costs a constant on average.
#ifndef RF_READERS_H
#define RF_READERS_H

#include "rf_epoch.h"
#include "rf_remote.h"

#ifndef RF_READERS_MANY
#define RF_READERS_MANY 64u
#define RF_READERS_RECENT 32u
#endif

// Whether the cell, or the remote that it names, stands for reads only.
static inline bool rf_readers_is_read(uint64_t cell, bool is_remote, const struct rf_remote *remote) {
  return is_remote ? !remote->atomic : !(cell & RF_CELL_WRITE);
}

// Sorts n cells, and drops reads for which a later one of the same slot stands. Reads keep their order. remote_of: the
// remote that a cell names, NULL: it names none. Returns how many are left.
uint32_t rf_readers_sort(uint64_t *cell, uint32_t n, struct rf_remote *(*remote_of)(uint64_t cell));

#endif
