#include "rf_owner.h"

#include "rf_lock.h"

#define OWNERS 0xfff0u

uint16_t *rf_owner_table;
struct rf_owner_flag *rf_owner_flags;

static struct rf_lock lock;
static uint16_t *free_names; // a stack, guarded by lock
static uint32_t free_count, fresh = 1; // guarded by lock

void rf_owner_init(uint64_t positions) {
  rf_owner_table = rf_host->map(((positions >> RF_OWNER_BLOCK_BITS) + 1) * sizeof *rf_owner_table);
  rf_owner_flags = rf_host->map(OWNERS * sizeof *rf_owner_flags);
  free_names = rf_host->map(OWNERS * sizeof *free_names);
}

uint16_t rf_owner_new(void) {
  uint32_t name = RF_OWNER_NAMELESS;
  rf_lock_enter(&lock);
  if (free_count)
    name = free_names[--free_count];
  else if (fresh < OWNERS)
    name = fresh++;
  rf_lock_leave(&lock);
  return (uint16_t)name;
}

// The name's blocks stay its own: whoever bears it next is then the only carrier that ever touched them and
// still lives.
void rf_owner_end(uint16_t owner) {
  if (owner == RF_OWNER_NOBODY || owner == RF_OWNER_NAMELESS)
    return;
  rf_lock_enter(&lock);
  free_names[free_count++] = owner;
  rf_lock_leave(&lock);
}

static bool swap(uint16_t *block, uint16_t from, uint16_t to) {
  return __atomic_compare_exchange_n(block, &from, to, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

static void wait_outside(uint16_t owner) {
  rf_host->barrier();
  for (unsigned turns = 0; __atomic_load_n(&rf_owner_flags[owner].inside, __ATOMIC_ACQUIRE);)
    rf_pause(&turns);
}

bool rf_owner_claim(uint16_t owner, uint16_t *block) {
  for (unsigned turns = 0;; rf_pause(&turns)) {
    const uint16_t now = __atomic_load_n(block, __ATOMIC_ACQUIRE);
    if (now == RF_OWNER_SHARED)
      return false;
    if (now == RF_OWNER_SHARING)
      continue;
    if (now == RF_OWNER_NOBODY) {
      swap(block, now, owner == RF_OWNER_NAMELESS ? RF_OWNER_SHARED : owner);
      continue;
    }
    if (now == owner) {
      rf_owner_flags[owner].inside = 1;
      __atomic_signal_fence(__ATOMIC_SEQ_CST);
      if (__atomic_load_n(block, __ATOMIC_RELAXED) == owner)
        return true;
      rf_owner_flags[owner].inside = 0;
      continue;
    }
    if (!swap(block, now, RF_OWNER_SHARING))
      continue;
    wait_outside(now);
    __atomic_store_n(block, RF_OWNER_SHARED, __ATOMIC_RELEASE);
    return false;
  }
}

void rf_owner_release(uint16_t owner, uint64_t from, uint64_t to) {
  const uint64_t size = UINT64_C(1) << RF_OWNER_BLOCK_BITS;
  for (uint64_t at = (from + size - 1) & ~(size - 1); at + size <= to; at += size)
    if (rf_owner_table[at >> RF_OWNER_BLOCK_BITS] == owner)
      swap(&rf_owner_table[at >> RF_OWNER_BLOCK_BITS], owner, RF_OWNER_NOBODY);
}

void rf_owner_after_fork(void) {
  atomic_store_explicit(&lock.held, 0, memory_order_relaxed);
}
