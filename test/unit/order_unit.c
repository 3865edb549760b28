// Lock order against the definition of a cycle, tried out on all chains of dependencies: random programs of
// locks taken and dropped by several threads, with try locks, readers, destroyed locks and joined phases.
#include "fake_host.h"
#include "rf_order.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { THREADS = 4, LOCKS = 5, STEPS = 120, DEPS = STEPS };
static uint64_t state;
static uint32_t rnd(uint32_t n) {
  state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
  return (uint32_t)(state >> 33) % n;
}

static struct rf_thread main_thread;
static struct fake_carrier carrier[THREADS];
static struct rf_site site;

static void on_race(const struct rf_race *r) {
  (void)r;
  fail();
}

static uintptr_t addr_of(unsigned lock) { return 0x5000 + 64 * lock; }

static bool take(struct rf_thread *t, unsigned lock, bool exclusive, bool may_wait) {
  struct rf_order_cycle cycle;
  const bool found = t->held_count && rf_order_take(t, addr_of(lock), "mutex", exclusive, may_wait, &cycle);
  if (found)
    assert_true(cycle.count >= 2 && cycle.edge[0].wanted == addr_of(lock));
  rf_held_add(t, addr_of(lock), "mutex", exclusive);
  return found;
}

// ---- The definition ----

struct dep {
  unsigned thread, wanted;
  bool wanted_exclusive;
  uint64_t held; // sets of locks; bits from LOCKS on are locks that are gone
  uint64_t held_exclusive;
};
static struct dep dep[DEPS];
static unsigned deps, gone;

static bool gated(const struct dep *a, const struct dep *b) {
  return (a->held & b->held & (a->held_exclusive | b->held_exclusive)) != 0;
}
static bool waits_for(const struct dep *a, const struct dep *b) {
  const unsigned bit = 1u << a->wanted;
  return (b->held & bit) && (a->wanted_exclusive || (b->held_exclusive & bit));
}

static bool chain(const struct dep **c, unsigned n) {
  if (n >= 2 && waits_for(c[n - 1], c[0]))
    return true;
  for (unsigned i = 0; n < THREADS && i < deps; i++) {
    bool fits = waits_for(c[n - 1], &dep[i]);
    for (unsigned k = 0; k < n; k++)
      fits = fits && c[k]->thread != dep[i].thread && !gated(c[k], &dep[i]);
    c[n] = &dep[i];
    if (fits && chain(c, n + 1))
      return true;
  }
  return false;
}

static bool has_cycle(void) {
  const struct dep *c[THREADS + 1];
  for (unsigned i = 0; i < deps; i++) {
    c[0] = &dep[i];
    if (chain(c, 1))
      return true;
  }
  return false;
}

static void note(unsigned thread, const struct rf_thread *t, unsigned lock, bool exclusive) {
  struct dep d = {thread, lock, exclusive, 0, 0};
  for (uint32_t i = 0; i < t->held_count; i++) {
    const unsigned bit = 1u << (t->held[i].lock - addr_of(0)) / 64;
    d.held |= bit;
    d.held_exclusive |= t->held[i].exclusive ? bit : 0;
  }
  if (d.held && deps < DEPS)
    dep[deps++] = d;
}

static void forget(unsigned lock) {
  rf_order_forget(addr_of(lock), 40);
  unsigned n = 0;
  for (unsigned i = 0; i < deps; i++) {
    struct dep d = dep[i];
    const uint64_t bit = UINT64_C(1) << lock, was = UINT64_C(1) << (LOCKS + gone);
    if (d.held & bit)
      d.held ^= bit | was;
    if (d.held_exclusive & bit)
      d.held_exclusive ^= bit | was;
    if (d.wanted != lock)
      dep[n++] = d;
  }
  deps = n;
  gone++;
}

static bool held_by_any(unsigned lock) {
  for (unsigned i = 0; i < THREADS; i++)
    if (rf_held_find(&carrier[i].thread, addr_of(lock)))
      return true;
  return false;
}

static bool can_take(unsigned lock, bool exclusive) {
  for (unsigned i = 0; i < THREADS; i++) {
    const struct rf_held *h = rf_held_find(&carrier[i].thread, addr_of(lock));
    if (h && (exclusive || h->exclusive))
      return false;
  }
  return true;
}

static unsigned cycles_seen;

static void one_program(uint64_t seed) {
  state = seed;
  bool found = false, expected = false;
  for (unsigned i = 0; i < STEPS && !found; i++) {
    const unsigned who = rnd(THREADS), lock = rnd(LOCKS);
    struct rf_thread *t = &carrier[who].thread;
    const bool exclusive = rnd(4) != 0, may_wait = rnd(6) != 0;
    if (rnd(40) == 0 && gone + LOCKS < 60 && !held_by_any(lock)) {
      forget(lock);
    } else if (rf_held_find(t, addr_of(lock)) && rnd(2)) {
      rf_held_remove(t, addr_of(lock));
    } else if (!rf_held_find(t, addr_of(lock)) && can_take(lock, exclusive) && t->held_count < 3) {
      if (may_wait)
        note(who, t, lock, exclusive);
      found = take(t, lock, exclusive, may_wait);
      expected = has_cycle();
    }
    if (found != expected)
      fail_msg("seed %llu step %u: found %d, expected %d", (unsigned long long)seed, i, found, expected);
  }
  cycles_seen += found;
  for (unsigned i = 0; i < THREADS; i++)
    while (carrier[i].thread.held_count)
      rf_held_remove(&carrier[i].thread, carrier[i].thread.held[0].lock);
  if (rnd(2))
    rf_order_phase(); // what was before does not count
  else
    for (unsigned i = 0; i < LOCKS; i++)
      forget(i);
  deps = gone = 0;
}

static void agrees_with_the_definition(void **unused) {
  (void)unused;
  const unsigned programs = 20000;
  for (uint64_t seed = 1; seed <= programs; seed++)
    one_program(seed);
  print_message("%u programs, %u with a cycle\n", programs, cycles_seen);
  assert_true(cycles_seen > programs / 10 && cycles_seen < programs);
}

// T0 takes 0..n-1 nested; then each thread i takes a pair that closes a long ring.
static void finds_long_cycles(void **unused) {
  (void)unused;
  for (unsigned i = 0; i < THREADS; i++) {
    struct rf_thread *t = &carrier[i].thread;
    take(t, 100 + i, true, true);
    const bool found = take(t, 100 + (i + 1) % THREADS, true, true);
    assert_int_equal(found, i == THREADS - 1);
    rf_held_remove(t, addr_of(100 + i));
    rf_held_remove(t, addr_of(100 + (i + 1) % THREADS));
  }
}

static void ten_thousand_locks_held_at_once(void **unused) {
  (void)unused;
  enum { MANY = 10000 };
  struct rf_thread *a = &carrier[0].thread, *b = &carrier[1].thread;
  for (unsigned i = 0; i < MANY; i++)
    assert_false(take(a, 1000 + i, true, true));
  for (unsigned i = 0; i < MANY; i++)
    assert_true(rf_held_remove(a, addr_of(1000 + i)));
  take(b, 1000 + MANY - 1, true, true);
  assert_true(take(b, 1000, true, true));
}

int main(void) {
  fake_host_start(&main_thread, on_race);
  for (unsigned i = 0; i < THREADS; i++)
    rf_thread_begin(&carrier[i].thread, rf_thread_fork(&main_thread, RF_THREAD_PTHREAD, "", &site), &carrier[i].tls,
                    carrier[i].frames);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(agrees_with_the_definition),
      cmocka_unit_test(finds_long_cycles),
      cmocka_unit_test(ten_thousand_locks_held_at_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
