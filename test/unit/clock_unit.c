// Persistent vector clocks against plain arrays: random sets, joins and copies, and no node is lost.
#include "fake_host.h"
#include "rf_clock.h"
#include "rf_mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CLOCKS = 6, SLOTS = 5000 };
static uint64_t state = 7;
static uint32_t rnd(uint32_t n) {
  state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
  return (uint32_t)(state >> 33) % n;
}

static struct rf_clock clock_[CLOCKS];
static struct rf_clock_maker maker[CLOCKS];
static uint64_t model[CLOCKS][SLOTS];

// The clock begins anew.
static void another_maker(uint32_t c) {
  static uint64_t makers;
  maker[c] = (struct rf_clock_maker){++makers, 0};
}

static bool model_leq(const uint64_t *a, const uint64_t *b) {
  for (int i = 0; i < SLOTS; i++)
    if (a[i] > b[i])
      return false;
  return true;
}

static uint32_t any_slot(void) { return rnd(3) ? rnd(40) : rnd(SLOTS); }

static void behave_like_arrays(void **unused) {
  (void)unused;
  for (uint32_t c = 0; c < CLOCKS; c++)
    another_maker(c);
  for (int step = 0; step < 60000; step++) {
    const uint32_t a = rnd(CLOCKS), b = rnd(CLOCKS), slot = any_slot();
    switch (rnd(6)) {
    case 0:
    case 1:
      model[a][slot] += 1 + rnd(5); // an entry once set is above 0
      rf_clock_set(&clock_[a], slot, model[a][slot], maker[a]);
      break;
    case 2: {
      maker[b].turn++;
      const bool changes = !model_leq(model[b], model[a]);
      assert_true(rf_clock_join(&clock_[a], &clock_[b], maker[a]) || !changes);
      for (int i = 0; i < SLOTS; i++)
        if (model[b][i] > model[a][i])
          model[a][i] = model[b][i];
      break;
    }
    case 3:
      maker[b].turn++;
      rf_clock_copy(&clock_[a], &clock_[b]);
      if (a != b)
        another_maker(a);
      memcpy(model[a], model[b], sizeof model[a]);
      break;
    case 4:
      assert_true(rf_clock_leq(&clock_[a], &clock_[b]) == model_leq(model[a], model[b]));
      break;
    default:
      if (rnd(20) == 0) {
        rf_clock_clear(&clock_[a]);
        another_maker(a);
        memset(model[a], 0, sizeof model[a]);
      }
    }
    const uint32_t look = any_slot();
    for (int c = 0; c < CLOCKS; c++)
      assert_true(rf_clock_get(&clock_[c], look) == model[c][look]);
  }
  for (int c = 0; c < CLOCKS; c++)
    for (uint32_t i = 0; i < SLOTS; i++)
      assert_true(rf_clock_get(&clock_[c], i) == model[c][i]);
}

static void cleared_clocks_give_all_memory_back(void **unused) {
  (void)unused;
  for (int c = 0; c < CLOCKS; c++)
    rf_clock_clear(&clock_[c]);
  const uint64_t before = rf_mem_mapped();
  for (int round = 0; round < 200; round++) {
    struct rf_clock x = {.near = NULL}, y = {.near = NULL};
    for (uint32_t i = 0; i < 300; i++)
      rf_clock_set(&x, i * 16, round + 1, RF_CLOCK_NOBODY);
    rf_clock_copy(&y, &x);
    rf_clock_set(&y, 7, 1, RF_CLOCK_NOBODY);
    rf_clock_join(&x, &y, RF_CLOCK_NOBODY);
    rf_clock_clear(&x);
    rf_clock_clear(&y);
  }
  assert_true(rf_mem_mapped() - before < 2 << 20);
}

static void joining_what_is_known_changes_and_allocates_nothing(void **unused) {
  (void)unused;
  struct rf_clock x = {.near = NULL}, y = {.near = NULL};
  for (uint32_t i = 0; i < 1000; i++)
    rf_clock_set(&x, i, i + 1, RF_CLOCK_NOBODY);
  rf_clock_copy(&y, &x);
  assert_true(y.near == x.near);
  assert_false(rf_clock_join(&x, &y, RF_CLOCK_NOBODY));
  rf_clock_set(&x, 3, 1000, RF_CLOCK_NOBODY);
  assert_false(rf_clock_join(&x, &y, RF_CLOCK_NOBODY));
  assert_true(rf_clock_join(&y, &x, RF_CLOCK_NOBODY));
  assert_true(y.near == x.near); // shared, not equal by copy
}

static void nothing_on_race(const struct rf_race *r) { (void)r; }

int main(void) {
  static struct rf_thread main_thread;
  fake_host_start(&main_thread, nothing_on_race);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(behave_like_arrays),
      cmocka_unit_test(cleared_clocks_give_all_memory_back),
      cmocka_unit_test(joining_what_is_known_changes_and_allocates_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
