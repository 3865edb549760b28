#include "rf_ceiling.h"

#include "rf_epoch.h"
#include "rf_host.h"
#include "rf_mem.h"
#include "rf_shadow.h"
#include "rf_touched.h"

#define LEAST_GROWTH (UINT64_C(1) << 20) // between two passes, whatever the ceiling
#define LEAST_SHARE 8u                   // of the ceiling, that the shadow has even where all else exceeds it

uint64_t rf_ceiling_taken;
uint64_t rf_ceiling_due = UINT64_MAX;

static uint64_t ceiling; // 0: none
static bool asked;
static uint64_t hand; // where the last pass stopped forgetting, a position
static struct rf_ceiling_count count;

void rf_ceiling_init(uint64_t bytes) {
  ceiling = bytes;
  rf_ceiling_due = bytes ? bytes : UINT64_MAX;
}

void rf_ceiling_ask(void) {
  if (__atomic_exchange_n(&rf_ceiling_due, UINT64_MAX, __ATOMIC_RELAXED) == UINT64_MAX)
    return; // somebody else did
  __atomic_store_n(&asked, true, __ATOMIC_RELAXED);
  rf_host->collect();
}

struct rf_ceiling_count rf_ceiling_count(void) { return count; }

// ---- What all threads know ----
// A cell of an epoch that every live thread knows to be past races with nothing that comes: who begins later knows what
// its creator knows, and clocks only grow.

// By slot: one more than what the thread that knows least of it knows, 0: not looked for.
static uint64_t *known;
static uint32_t known_slots;
static uint32_t sought; // slot whose least_known is looked for
static uint64_t least_known;
static uint32_t lives; // threads that have begun

static void see_clock(const struct rf_lthread *l, const struct rf_clock *vc) {
  if (l->slot == sought) // its holder knows what it did itself, and the end of who held it before
    return;
  const uint64_t clock = rf_clock_get(vc, sought);
  if (clock < least_known)
    least_known = clock;
}
static void see_running(struct rf_thread *t) { see_clock(t->self, &t->vc); }
static void see_parked(struct rf_parked *p, void *unused) {
  (void)unused;
  if (p->epoch_first)
    see_clock(p->self, &p->vc);
}

static bool known_to_all(uint64_t cell) {
  uint64_t clock;
  const struct rf_epoch_block *b = rf_epoch_block_of(rf_cell_epoch(cell), &clock);
  if (b->slot >= known_slots)
    return false;
  if (!known[b->slot]) {
    sought = b->slot;
    least_known = UINT64_MAX - 1;
    rf_thread_each(see_running);
    rf_parked_each(see_parked, NULL);
    known[b->slot] = least_known + 1;
  }
  return clock < known[b->slot];
}

static void count_running(struct rf_thread *t) {
  (void)t;
  lives++;
}
static void count_parked(struct rf_parked *p, void *unused) {
  (void)unused;
  lives += p->epoch_first != 0;
}

// Each slot costs a look at every thread.
#define MOST_LIVES 1000u

// Threads that were created and have not begun are in no list; threads that nobody announces know what main knows.
static bool all_are_listed(void) {
  lives = 0;
  rf_thread_each(count_running);
  rf_parked_each(count_parked, NULL);
  const struct rf_lthread *main = rf_lthread_numbered(1);
  return lives == rf_thread_live() && lives <= MOST_LIVES && main && !main->ended;
}

void rf_ceiling_drop_known(void) {
  if (!all_are_listed())
    return;
  known_slots = rf_thread_slots();
  known = rf_host->map(known_slots * sizeof *known);
  uint64_t from = 0;
  rf_shadow_drop(&from, &(struct rf_shadow_dropping){.gone = known_to_all});
  rf_host->unmap(known, known_slots * sizeof *known);
  known_slots = 0;
}

// ---- What is given up ----

#define RECENT UINT32_MAX // a mark that no collection has

static void mark_recent(struct rf_thread *t) { rf_epoch_mark(t->epoch_first, RECENT); }
static bool is_recent(uint64_t cell) {
  uint64_t clock;
  return rf_epoch_block_of(rf_cell_epoch(cell), &clock)->mark == RECENT;
}

static uint64_t allowed; // bytes of shadow
static uint64_t shadow_bytes(void) { return rf_touched_count() * RF_SHADOW_PAGE_BYTES; }
static bool is_enough(void) { return shadow_bytes() <= allowed; }

// Ranges that a thread has recorded may be among those that go.
static void renew(struct rf_thread *t) { t->renewals++; }

static void give_up(void) {
  const uint64_t before = rf_touched_count();
  rf_thread_each(mark_recent);
  rf_shadow_drop(&hand, &(struct rf_shadow_dropping){.spares = is_recent, .enough = is_enough});
  rf_shadow_drop(&hand, &(struct rf_shadow_dropping){.enough = is_enough});
  rf_thread_each(renew);
  count.forgotten += before - rf_touched_count();
  rf_host->degraded("memory_limit_mb is reached: accesses made so far to part of the memory are forgotten, so that "
                    "races with them may be missed");
}

void rf_ceiling_enforce(void) {
  if (!__atomic_exchange_n(&asked, false, __ATOMIC_RELAXED))
    return;
  count.passes++;
  rf_shadow_discard_idle();
  rf_ceiling_drop_known();
  const uint64_t rest = rf_ceiling_taken - shadow_bytes();
  const uint64_t share = ceiling / LEAST_SHARE, left = ceiling > rest ? ceiling - rest : 0;
  const uint64_t room = left > share ? left : share;
  if (left < share)
    rf_host->degraded("memory_limit_mb is less than locks, threads and stacks take, which cannot be given up");
  allowed = room / 2;
  if (shadow_bytes() > room - room / 4)
    give_up();
  const uint64_t due = rest + room, least = rf_ceiling_taken + LEAST_GROWTH;
  __atomic_store_n(&rf_ceiling_due, due > least ? due : least, __ATOMIC_RELAXED);
}
