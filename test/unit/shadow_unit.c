// The shadow, one rule a test, each with its negative twin. Threads are puppets of this file.
#include "fake_host.h"
#include "rf_host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define R RF_CELL_PLAIN
#define W (RF_CELL_PLAIN | RF_CELL_WRITE)
#define AR 0
#define AW RF_CELL_WRITE

static struct rf_thread main_thread;
static struct fake_carrier carrier[70];
static struct rf_site site[80];
static unsigned races;
static struct rf_race last;
static uintptr_t next_word = FAKE_MEMORY;

static void on_race(const struct rf_race *r) {
  races++;
  last = *r;
}

static uintptr_t fresh(void) { return next_word += 64; }

static struct rf_lthread *begin(unsigned i) {
  struct rf_birth *b = rf_thread_fork(&main_thread, RF_THREAD_PTHREAD, "t", &site[0]);
  struct rf_lthread *l = b->child;
  rf_thread_begin(&carrier[i].thread, b, &carrier[i].tls, carrier[i].frames);
  return l;
}
static void end(unsigned i, struct rf_lthread *l) {
  rf_thread_end(&carrier[i].thread, true);
  rf_thread_join(&main_thread, l);
}
static void access(unsigned i, uintptr_t at, size_t n, uint64_t kind, unsigned where) {
  rf_access(&carrier[i].thread, at, n, &(struct rf_access){.kind = kind, .site = &site[where]});
}

// Where the earlier access was that was reported last.
static const struct rf_site *site_before(void) {
  const struct rf_site *s = NULL;
  rf_ctx_unwind(rf_epoch_lookup(rf_cell_epoch(last.before)).seg, rf_cell_ctx(last.before), &s, 1);
  return s;
}

static struct rf_lthread *one, *two;
static int two_threads(void **unused) {
  (void)unused;
  one = begin(1);
  two = begin(2);
  races = 0;
  return 0;
}
static int threads_end(void **unused) {
  (void)unused;
  end(1, one);
  end(2, two);
  return 0;
}

static void unordered_writes_race(void **unused) {
  (void)unused;
  const uintptr_t p = fresh();
  access(1, p, 4, W, 1);
  access(2, p, 4, W, 2);
  assert_int_equal(races, 1);
  assert_true(last.addr == p);
  assert_int_equal(last.common, 4);
}
static void unordered_reads_do_not_race(void **unused) {
  (void)unused;
  const uintptr_t p = fresh();
  access(1, p, 4, R, 1);
  access(2, p, 4, R, 2);
  assert_int_equal(races, 0);
}
static void neighbours_do_not_race(void **unused) {
  (void)unused;
  const uintptr_t p = fresh();
  for (unsigned b = 0; b < 8; b++)
    access(1 + b % 2, p + b, 1, W, 1);
  assert_int_equal(races, 0);
}
static void overlap_of_one_byte_races(void **unused) {
  (void)unused;
  const uintptr_t p = fresh();
  access(1, p, 4, W, 1);
  access(2, p + 3, 8, R, 2); // misaligned, across the granule
  assert_int_equal(races, 1);
  assert_true(last.addr == p + 3);
  assert_int_equal(last.common, 1);
}
static void atomics_race_with_plain_accesses_only(void **unused) {
  (void)unused;
  uintptr_t p = fresh();
  access(1, p, 4, AW, 1);
  access(2, p, 4, AW, 2);
  access(1, p, 4, AR, 1);
  assert_int_equal(races, 0);
  access(2, p, 4, R, 2);
  assert_int_equal(races, 1); // with the atomic write of 1
}
// The way of the i-th operation that the thread is known to have done, from the newest.
static unsigned op_way(unsigned thread, uint32_t i) {
  struct rf_sync_op op[RF_SYNC_OPS];
  const uint32_t n = rf_thread_sync_ops(carrier[thread].thread.self, op);
  return i < n ? op[i].clock_way & ((1u << RF_SYNC_WAY_BITS) - 1) : 0;
}
static uint64_t op_clock(unsigned thread) {
  struct rf_sync_op op[RF_SYNC_OPS];
  return rf_thread_sync_ops(carrier[thread].thread.self, op) ? op[0].clock_way >> RF_SYNC_WAY_BITS : 0;
}
static void lock(unsigned i, uintptr_t at) {
  rf_held_add(&carrier[i].thread, at, "mutex", true);
  rf_sync_lock_at(&carrier[i].thread, at);
  rf_thread_note_sync(&carrier[i].thread, "lock", at, RF_SYNC_ACQUIRED);
}
static void unlock(unsigned i, uintptr_t at) {
  rf_held_remove(&carrier[i].thread, at);
  rf_sync_unlock_at(&carrier[i].thread, at);
  rf_thread_note_sync(&carrier[i].thread, "unlock", at, RF_SYNC_RELEASED);
}
static void a_release_tells_what_came_before_it(void **unused) {
  (void)unused;
  const uintptr_t p = fresh(), m = fresh();
  unlock(1, m);
  const uint64_t early = op_clock(1);
  access(1, p, 4, W, 1);
  const uint64_t at = carrier[1].thread.clock;
  unlock(1, m);
  assert_true(early <= at);
  assert_true(op_clock(1) > at);
}
static void a_release_before_a_section_that_goes_on_tells_nothing(void **unused) {
  (void)unused;
  const uintptr_t p = fresh(), m = fresh();
  lock(1, m);
  access(1, p, 4, W, 1);
  unlock(1, m);
  assert_int_equal(op_way(1, 0), RF_SYNC_RELEASED);
  lock(1, m); // goes on in the epoch of the section before
  assert_int_equal(op_way(1, 0), RF_SYNC_ACQUIRED);
  assert_int_equal(op_way(1, 1), RF_SYNC_RELEASED | RF_SYNC_RESUMED);
  unlock(1, m);
  assert_int_equal(op_way(1, 0), RF_SYNC_RELEASED);
}
static void release_and_acquire_order(void **unused) {
  (void)unused;
  const uintptr_t p = fresh(), lock = fresh();
  access(1, p, 8, W, 1);
  rf_sync_release_store_at(&carrier[1].thread, lock);
  rf_sync_acquire_at(&carrier[2].thread, lock);
  access(2, p, 8, W, 2);
  assert_int_equal(races, 0);
}
static void what_follows_the_release_is_not_ordered(void **unused) {
  (void)unused;
  const uintptr_t p = fresh(), lock = fresh();
  rf_sync_release_store_at(&carrier[1].thread, lock);
  access(1, p, 8, W, 1);
  rf_sync_acquire_at(&carrier[2].thread, lock);
  access(2, p, 8, W, 2);
  assert_int_equal(races, 1);
}
static void one_bad_reader_among_64_is_found(void **unused) {
  (void)unused;
  const uintptr_t p = fresh(), lock = fresh();
  struct rf_lthread *l[64];
  for (unsigned i = 0; i < 64; i++) {
    l[i] = begin(3 + i);
    access(3 + i, p, 4, R, i);
    if (i != 17)
      rf_sync_release_merge_at(&carrier[3 + i].thread, lock);
  }
  rf_sync_acquire_at(&carrier[1].thread, lock);
  access(1, p, 4, W, 70);
  assert_int_equal(races, 1);
  assert_true(rf_epoch_lookup(rf_cell_epoch(last.before)).thread == l[17]);
  for (unsigned i = 0; i < 64; i++)
    end(3 + i, l[i]);
}
static void ordered_write_shrinks_the_record_again(void **unused) {
  (void)unused;
  const uintptr_t p = fresh(), lock = fresh();
  struct rf_lthread *l[10];
  for (unsigned i = 0; i < 10; i++) {
    l[i] = begin(3 + i);
    access(3 + i, p, 8, R, i);
    rf_sync_release_merge_at(&carrier[3 + i].thread, lock);
  }
  assert_int_equal(rf_shadow_count(p), 10);
  rf_sync_acquire_at(&carrier[1].thread, lock);
  access(1, p, 8, W, 1);
  assert_int_equal(races, 0);
  assert_int_equal(rf_shadow_count(p), 1);
  for (unsigned i = 0; i < 10; i++)
    end(3 + i, l[i]);
}
static void each_byte_written_at_its_own_site_is_kept(void **unused) {
  (void)unused;
  const uintptr_t p = fresh();
  for (unsigned b = 0; b < 8; b++)
    access(1, p + b, 1, W, b);
  assert_int_equal(rf_shadow_count(p), 1); // a mixture
  for (unsigned b = 0; b < 8; b++) {
    access(2, p + b, 1, R, 20);
    assert_int_equal(races, b + 1);
    assert_ptr_equal(site_before(), &site[b]);
  }
}
static void each_statement_of_a_cell_is_reported(void **unused) {
  (void)unused;
  const uintptr_t p = fresh();
  access(1, p, 2, W, 1);
  access(1, p + 4, 1, W, 2);
  access(1, p + 6, 1, W, 1);
  access(2, p, 8, R, 20);
  assert_int_equal(races, 2);
  assert_ptr_equal(site_before(), &site[2]);
  assert_int_equal(rf_cell_mask(last.before), 0x10);
}
static void statements_in_any_order_share_a_mixture(void **unused) {
  (void)unused;
  struct rf_seg *seg = rf_seg_new();
  const uint32_t a = rf_ctx_intern(seg, RF_CTX_ROOT, &site[1]), b = rf_ctx_intern(seg, RF_CTX_ROOT, &site[2]);
  const uint32_t mixture = rf_ctx_mix(seg, a, 1, b, 2);
  assert_int_equal(rf_ctx_mix(seg, b, 2, a, 1), mixture);
  assert_int_equal(rf_ctx_mix(seg, mixture, 1, b, 2), mixture);
  assert_int_equal(rf_ctx_of_byte(seg, mixture, 0), a);
  assert_int_equal(rf_ctx_of_byte(seg, mixture, 1), b);
  assert_int_not_equal(rf_ctx_mix(seg, b, 1, a, 2), mixture);
}
static void mixtures_have_an_end(void **unused) {
  (void)unused;
  struct rf_seg *seg = rf_seg_new();
  uint32_t ctx[80 * 80], made = 0;
  for (unsigned i = 0; i < 80 * 80; i++)
    ctx[i] = rf_ctx_intern(seg, rf_ctx_intern(seg, RF_CTX_ROOT, &site[i / 80]), &site[i % 80]);
  for (unsigned i = 0; i < 80 * 80; i++)
    for (unsigned k = 1; k < 12; k++)
      made += rf_ctx_mix(seg, ctx[i], 0x0f, ctx[(i + k) % (80 * 80)], 0xf0) != 0;
  assert_int_equal(made, 1u << 16);
  assert_int_not_equal(rf_ctx_intern(seg, ctx[0], &site[0]), 0);
}
static void new_memory_has_no_history(void **unused) {
  (void)unused;
  const uintptr_t p = fresh();
  access(1, p, 8, W, 1);
  access(1, p + 8, 8, W, 1);
  rf_shadow_clear(&main_thread, p + 3, 8);
  access(2, p + 3, 8, W, 2);
  assert_int_equal(races, 0);
  access(2, p + 2, 1, W, 3);
  access(2, p + 11, 1, W, 3);
  assert_int_equal(races, 2);
}
static void both_stacks_are_known(void **unused) {
  (void)unused;
  const struct rf_site *sites[8];
  const uintptr_t p = fresh();
  struct rf_tls *tls = &carrier[1].tls;
  tls->sp = carrier[1].frames + 2; // two functions deep
  carrier[1].frames[0] = (struct rf_frame){&site[40], 0, 0};
  carrier[1].frames[1] = (struct rf_frame){NULL, 0, 0};
  access(1, p, 4, W, 41);
  tls->sp = carrier[1].frames;
  access(2, p, 4, W, 42);
  assert_int_equal(races, 1);
  const struct rf_epoch_owner owner = rf_epoch_lookup(rf_cell_epoch(last.before));
  assert_true(owner.thread == one);
  assert_int_equal(rf_ctx_unwind(owner.seg, rf_cell_ctx(last.before), sites, 8), 2);
  assert_ptr_equal(sites[0], &site[41]);
  assert_ptr_equal(sites[1], &site[40]);
}

static void serial_program_records_nothing(void **unused) {
  (void)unused;
  const uintptr_t p = fresh();
  assert_true(rf_serial);
  rf_access(&main_thread, p, 8, &(struct rf_access){.kind = W, .site = &site[1]});
  assert_int_equal(rf_shadow_count(p), 0);
  struct rf_lthread *l = begin(1);
  assert_false(rf_serial);
  end(1, l);
  assert_true(rf_serial);
}
static void detached_end_keeps_the_program_parallel(void **unused) {
  (void)unused;
  const uintptr_t p = fresh();
  races = 0;
  begin(1);
  access(1, p, 8, W, 1);
  rf_thread_end(&carrier[1].thread, false); // nobody learns of its end
  rf_thread_settle(&main_thread);
  assert_false(rf_serial);
  rf_access(&main_thread, p, 8, &(struct rf_access){.kind = W, .site = &site[2]});
  assert_int_equal(races, 1);
}
// A pthread may carry one goroutine after another, and owns the shadow of what both touched.
static void range_over_what_a_former_thread_of_the_carrier_left_is_judged(void **unused) {
  (void)unused;
  const uintptr_t p = FAKE_MEMORY + FAKE_MEMORY_BYTES; // a block that nobody else has touched
  begin(3);
  access(3, p, 64, W, 1);
  rf_thread_end(&carrier[3].thread, false);
  begin(3);
  races = 0;
  access(3, p, 64, W, 2);
  assert_int_equal(races, 8);
  access(3, p, 64, W, 3); // over what is its own
  assert_int_equal(races, 8);
  rf_thread_end(&carrier[3].thread, false);
}

// The program may copy such a word, overwrite it, or use its memory for another.
static void a_word_names_the_object_at_its_own_address_alone(void **unused) {
  (void)unused;
  const uintptr_t p = fresh();
  static uint64_t word[6];
  rf_held_add(&carrier[1].thread, (uintptr_t)&word[0], "m", true);
  rf_sync_lock_word(&carrier[1].thread, &word[0]);
  access(1, p, 8, W, 1);
  rf_held_remove(&carrier[1].thread, (uintptr_t)&word[0]);
  rf_sync_unlock_word(&carrier[1].thread, &word[0]);
  const uint64_t junk[] = {word[0], UINT64_MAX, 1, (uint64_t)(uintptr_t)&word, UINT64_C(0x00007ffffffff000)};
  for (unsigned i = 0; i < 5; i++) {
    word[1 + i] = junk[i];
    rf_sync_lock_word(&carrier[2].thread, &word[1 + i]);
  }
  access(2, p, 8, W, 2);
  assert_int_equal(races, 1); // it learned nothing there
  rf_sync_forget((uintptr_t)word, sizeof word[0]);
  rf_sync_lock_word(&carrier[2].thread, &word[0]);
  access(2, p, 8, W, 3);
  assert_int_equal(races, 1);
  rf_sync_forget((uintptr_t)word, sizeof word);
}

int main(void) {
  fake_host_start(&main_thread, on_race);
#define RULE(f) cmocka_unit_test_setup_teardown(f, two_threads, threads_end)
  const struct CMUnitTest tests[] = {
      RULE(unordered_writes_race),
      RULE(unordered_reads_do_not_race),
      RULE(neighbours_do_not_race),
      RULE(overlap_of_one_byte_races),
      RULE(atomics_race_with_plain_accesses_only),
      RULE(a_release_tells_what_came_before_it),
      RULE(a_release_before_a_section_that_goes_on_tells_nothing),
      RULE(release_and_acquire_order),
      RULE(what_follows_the_release_is_not_ordered),
      RULE(a_word_names_the_object_at_its_own_address_alone),
      RULE(one_bad_reader_among_64_is_found),
      RULE(ordered_write_shrinks_the_record_again),
      RULE(each_byte_written_at_its_own_site_is_kept),
      RULE(each_statement_of_a_cell_is_reported),
      cmocka_unit_test(statements_in_any_order_share_a_mixture),
      cmocka_unit_test(mixtures_have_an_end),
      RULE(new_memory_has_no_history),
      RULE(both_stacks_are_known),
      cmocka_unit_test(serial_program_records_nothing),
      cmocka_unit_test(detached_end_keeps_the_program_parallel),
      cmocka_unit_test(range_over_what_a_former_thread_of_the_carrier_left_is_judged),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
