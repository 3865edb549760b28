// The ceiling of the detector's memory: what goes at no cost, what is given up, and what is still found afterwards.
#include "fake_host.h"
#include "rf_ceiling.h"
#include "rf_collect.h"
#include "rf_touched.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define W (RF_CELL_PLAIN | RF_CELL_WRITE)
enum { ONE = 1, TWO = 2, THREE = 3, THREADS = 4, LOCK = 8 };

static struct rf_thread main_thread;
static struct fake_carrier carrier[THREADS];
static struct rf_lthread *record[THREADS];
static struct rf_site site = {.kind = 0};
static unsigned races;
static const uintptr_t word = FAKE_MEMORY + 4096, other_page = FAKE_MEMORY + 32768;

static void on_race(const struct rf_race *r) {
  (void)r;
  races++;
}

static int threads_begin(void **unused) {
  (void)unused;
  for (unsigned i = 1; i < THREADS; i++) {
    struct rf_birth *b = rf_thread_fork(&main_thread, RF_THREAD_PTHREAD, "t", &site);
    record[i] = b->child;
    rf_thread_begin(&carrier[i].thread, b, &carrier[i].tls, carrier[i].frames);
  }
  races = 0;
  fake_host_collections_due = 0;
  return 0;
}
static int threads_end(void **unused) {
  (void)unused;
  for (unsigned i = 1; i < THREADS; i++) {
    rf_thread_end(&carrier[i].thread, true);
    rf_thread_join(&main_thread, record[i]);
  }
  rf_ceiling_init(0);
  rf_shadow_clear(&main_thread, FAKE_MEMORY, FAKE_MEMORY_BYTES);
  rf_sync_forget(FAKE_MEMORY, FAKE_MEMORY_BYTES);
  return 0;
}

static void write_by(unsigned i, uintptr_t at) {
  rf_access(&carrier[i].thread, at, 8, &(struct rf_access){.kind = W, .site = &site});
}
// What the thread did is known to main and the other threads but `except`.
static void tell_all(unsigned i, unsigned except) {
  rf_sync_release_store_at(&carrier[i].thread, FAKE_MEMORY + LOCK);
  rf_sync_acquire_at(&main_thread, FAKE_MEMORY + LOCK);
  for (unsigned k = 1; k < THREADS; k++)
    if (k != except)
      rf_sync_acquire_at(&carrier[k].thread, FAKE_MEMORY + LOCK);
}

static void what_all_know_goes(void **unused) {
  (void)unused;
  write_by(ONE, word);
  tell_all(ONE, 0);
  rf_ceiling_drop_known();
  assert_int_equal(rf_shadow_count(word), 0);
  assert_int_equal(rf_touched_count(), 0);
}
static void what_one_does_not_know_stays(void **unused) {
  (void)unused;
  write_by(ONE, word);
  tell_all(ONE, TWO);
  rf_ceiling_drop_known();
  assert_int_equal(rf_shadow_count(word), 1);
  write_by(TWO, word);
  assert_int_equal(races, 1);
}
static void what_a_thread_has_not_released_stays(void **unused) {
  (void)unused;
  write_by(ONE, word);
  tell_all(ONE, 0);
  write_by(ONE, word);
  rf_ceiling_drop_known();
  write_by(THREE, word);
  assert_int_equal(races, 1);
}
static void part_of_a_record_goes(void **unused) {
  (void)unused;
  const struct rf_access read = {.kind = RF_CELL_PLAIN, .site = &site};
  for (unsigned i = ONE; i <= THREE; i++)
    rf_access(&carrier[i].thread, word, 8, &read);
  assert_int_equal(rf_shadow_count(word), 3);
  tell_all(ONE, 0);
  rf_ceiling_drop_known();
  assert_int_equal(rf_shadow_count(word), 2);
  write_by(ONE, word);
  assert_int_equal(races, 2); // TWO's and THREE's
}
static void a_thread_that_has_not_begun_keeps_all(void **unused) {
  (void)unused;
  write_by(ONE, word);
  struct rf_birth *b = rf_thread_fork(&carrier[TWO].thread, RF_THREAD_PTHREAD, "t", &site);
  tell_all(ONE, 0);
  rf_ceiling_drop_known();
  assert_int_equal(rf_shadow_count(word), 1);
  rf_birth_drop(b);
}

static void below_the_ceiling_nothing_is_asked(void **unused) {
  (void)unused;
  rf_ceiling_init(rf_ceiling_taken + (UINT64_C(64) << 20));
  const struct rf_ceiling_count before = rf_ceiling_count();
  write_by(ONE, word);
  assert_int_equal(fake_host_collections_due, 0);
  rf_collect();
  assert_int_equal(rf_ceiling_count().passes, before.passes);
  assert_int_equal(rf_shadow_count(word), 1);
}
static void at_the_ceiling_accesses_are_forgotten_and_counted(void **unused) {
  (void)unused;
  write_by(ONE, word);
  rf_ceiling_init(1);
  const struct rf_ceiling_count before = rf_ceiling_count();
  write_by(ONE, other_page);
  assert_int_equal(fake_host_collections_due, 1);
  rf_collect();
  assert_int_equal(rf_ceiling_count().passes, before.passes + 1);
  assert_int_equal(rf_ceiling_count().forgotten, before.forgotten + 2);
  write_by(TWO, word);
  write_by(TWO, other_page);
  assert_int_equal(races, 0);
}
static void what_comes_after_is_judged(void **unused) {
  (void)unused;
  write_by(ONE, word);
  rf_ceiling_init(1);
  write_by(ONE, other_page);
  rf_collect();
  write_by(ONE, word); // in the epoch in which it was recorded before
  write_by(TWO, word);
  assert_int_equal(races, 1);
}

int main(void) {
  fake_host_start(&main_thread, on_race);
#define RULE(f) cmocka_unit_test_setup_teardown(f, threads_begin, threads_end)
  const struct CMUnitTest tests[] = {
      RULE(what_all_know_goes),
      RULE(what_one_does_not_know_stays),
      RULE(what_a_thread_has_not_released_stays),
      RULE(part_of_a_record_goes),
      RULE(a_thread_that_has_not_begun_keeps_all),
      RULE(below_the_ceiling_nothing_is_asked),
      RULE(at_the_ceiling_accesses_are_forgotten_and_counted),
      RULE(what_comes_after_is_judged),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
