// Shadow cells: the encoding proves itself on random values, and the two relations of kinds are checked
// against their definitions in words.
#include "rf_cell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static uint64_t state = 1;
static uint64_t rnd(void) {
  state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
  return state >> 16 ^ state << 32;
}

static void fields_come_back(void **unused) {
  (void)unused;
  for (int i = 0; i < 100000; i++) {
    const uint64_t epoch = rnd() % RF_EPOCH_MAX, kind = rnd() & RF_CELL_KIND;
    const uint32_t ctx = (uint32_t)(rnd() % RF_CTX_MAX);
    const unsigned mask = rnd() & 0xff;
    const uint64_t c = rf_cell_make(epoch, ctx, kind, mask);
    assert_true(rf_cell_epoch(c) == epoch);
    assert_int_equal(rf_cell_ctx(c), ctx);
    assert_true(rf_cell_kind(c) == kind);
    assert_int_equal(rf_cell_mask(c), mask);
  }
}

static bool writes(uint64_t k) { return k & RF_CELL_WRITE; }
static bool atomic(uint64_t k) { return !(k & RF_CELL_PLAIN); }
static const uint64_t kinds[] = {0, RF_CELL_WRITE, RF_CELL_PLAIN, RF_CELL_PLAIN | RF_CELL_WRITE};

static void conflict_needs_a_write_and_a_plain_side(void **unused) {
  (void)unused;
  for (int a = 0; a < 4; a++)
    for (int b = 0; b < 4; b++)
      assert_true(rf_kind_conflicts(kinds[a], kinds[b]) ==
                  ((writes(kinds[a]) || writes(kinds[b])) && !(atomic(kinds[a]) && atomic(kinds[b]))));
}

static void covering_kind_conflicts_with_all_that_the_covered_one_does(void **unused) {
  (void)unused;
  for (int strong = 0; strong < 4; strong++)
    for (int weak = 0; weak < 4; weak++) {
      bool all = true;
      for (int other = 0; other < 4; other++)
        all &= !rf_kind_conflicts(kinds[weak], kinds[other]) || rf_kind_conflicts(kinds[strong], kinds[other]);
      assert_true(rf_kind_covers(kinds[strong], kinds[weak]) == all);
    }
}

static void inline_check_hits_exactly_when_it_may(void **unused) {
  (void)unused;
  for (int i = 0; i < 200000; i++) {
    const uint64_t epoch = 1 + rnd() % 3, cur_epoch = 1 + rnd() % 3;
    const uint64_t cell_kind = kinds[rnd() % 4], kind = kinds[rnd() % 4];
    const unsigned cell_mask = rnd() & 0xff, mask = rnd() & 0xff;
    const uint64_t cell = rf_cell_make(epoch, (uint32_t)rnd() & RF_CTX_MAX, cell_kind, cell_mask);
    const uint64_t cur = cur_epoch << RF_CELL_EPOCH_SHIFT | RF_CELL_KIND | 0xff;
    const bool may = epoch == cur_epoch && rf_kind_covers(cell_kind, kind) && (mask & ~cell_mask) == 0;
    assert_true(rf_cell_hits(cell, cur, kind, mask) == may);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(fields_come_back),
      cmocka_unit_test(conflict_needs_a_write_and_a_plain_side),
      cmocka_unit_test(covering_kind_conflicts_with_all_that_the_covered_one_does),
      cmocka_unit_test(inline_check_hits_exactly_when_it_may),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
