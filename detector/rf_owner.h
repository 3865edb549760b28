// Owned blocks of shadow. While only one carrier (a pthread, or whatever executes logical threads) has ever
// touched a block of 64 KiB of the program's memory, it replaces cells there with plain stores, inside a
// short marked section; the first other one marks the block shared, makes sure by a barrier on every
// processor that the owner sees the mark, and waits until the owner is outside its section. From then on
// everyone uses the atomic step. Exact, and paid once per block.
//
// Invariant: a carrier stores plainly only between rf_owner_enter() == true and rf_owner_leave(), and then
// nobody else reads the block's cells to judge by them.
#ifndef RF_OWNER_H
#define RF_OWNER_H

#include <stdbool.h>
#include <stdint.h>

#define RF_OWNER_BLOCK_BITS 16
#define RF_OWNER_NOBODY 0u
#define RF_OWNER_SHARED 0xffffu
#define RF_OWNER_SHARING 0xfffeu  // a newcomer waits for the owner to leave its section
#define RF_OWNER_NAMELESS 0xfffdu // a carrier beyond the names there are: it owns nothing

struct rf_owner_flag {
  _Alignas(64) volatile uint32_t inside; // written by the carrier alone
};

extern uint16_t *rf_owner_table; // by position in the shadow
extern struct rf_owner_flag *rf_owner_flags;

// positions: how many bytes of the program's memory the shadow tells apart.
void rf_owner_init(uint64_t positions);
// A name for a carrier, and its end.
uint16_t rf_owner_new(void);
void rf_owner_end(uint16_t owner);
bool rf_owner_claim(uint16_t owner, uint16_t *block);
// The carrier gives up what it owns of whole blocks in [from, to), which becomes new memory.
void rf_owner_release(uint16_t owner, uint64_t from, uint64_t to);
void rf_owner_after_fork(void);

// True: the block of the position is the carrier's own until rf_owner_leave().
static inline bool rf_owner_enter(uint16_t owner, uint64_t position) {
  uint16_t *block = &rf_owner_table[position >> RF_OWNER_BLOCK_BITS];
  const uint16_t now = __atomic_load_n(block, __ATOMIC_RELAXED);
  if (now == RF_OWNER_SHARED)
    return false;
  if (now == owner) {
    rf_owner_flags[owner].inside = 1;
    __atomic_signal_fence(__ATOMIC_SEQ_CST); // a newcomer's barrier orders the store before the load
    if (__atomic_load_n(block, __ATOMIC_RELAXED) == owner)
      return true;
    rf_owner_flags[owner].inside = 0;
  }
  return rf_owner_claim(owner, block);
}

static inline void rf_owner_leave(uint16_t owner) {
  // Release: pairs with the acquire of the newcomer that waits for 0 in rf_owner_claim().
  __atomic_store_n(&rf_owner_flags[owner].inside, 0, __ATOMIC_RELEASE);
}

#endif
