// Granules that hundreds of unordered threads read (rf_readers.h). Threads are puppets of this file.
#include "fake_host.h"
#include "rf_readers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define R RF_CELL_PLAIN
#define W (RF_CELL_PLAIN | RF_CELL_WRITE)
#define AR 0

#define READERS 300u // several times RF_READERS_MANY
enum { WRITER = READERS, LATE, THREADS };

static struct rf_thread main_thread;
static struct fake_carrier carrier[THREADS];
static struct rf_lthread *thread[THREADS];
static struct rf_site site[2];
static unsigned races, raced_with[THREADS]; // by thread
static uintptr_t next_word = FAKE_MEMORY;

static void on_race(const struct rf_race *r) {
  races++;
  for (unsigned i = 0; i < THREADS; i++)
    raced_with[i] += rf_epoch_lookup(rf_cell_epoch(r->before)).thread == thread[i];
}

static uintptr_t fresh(void) { return next_word += 64; }

static int threads_begin(void **unused) {
  (void)unused;
  for (unsigned i = 0; i < THREADS; i++) {
    struct rf_birth *b = rf_thread_fork(&main_thread, RF_THREAD_PTHREAD, "t", &site[0]);
    thread[i] = b->child;
    rf_thread_begin(&carrier[i].thread, b, &carrier[i].tls, carrier[i].frames);
    raced_with[i] = 0;
  }
  races = 0;
  return 0;
}
static int threads_end(void **unused) {
  (void)unused;
  for (unsigned i = 0; i < THREADS; i++) {
    rf_thread_end(&carrier[i].thread, true);
    rf_thread_join(&main_thread, thread[i]);
  }
  return 0;
}

static void access(unsigned i, uintptr_t at, size_t n, uint64_t kind) {
  rf_access_small(&carrier[i].thread, at, n, &(struct rf_access){.kind = kind, .site = &site[1]});
}
static void release(unsigned i, uintptr_t object) { rf_sync_release_merge_at(&carrier[i].thread, object); }
static void acquire(unsigned i, uintptr_t object) { rf_sync_acquire_at(&carrier[i].thread, object); }

static void write_after_all_readers_but_one_races_with_that_one(void **unused) {
  (void)unused;
  const unsigned left_out[] = {0, 1, READERS / 2, READERS - 2, READERS - 1};
  const uint64_t kinds[] = {R, AR};
  for (unsigned k = 0; k < 2; k++)
    for (unsigned i = 0; i < sizeof left_out / sizeof *left_out; i++) {
      const uintptr_t p = fresh(), lock = fresh();
      const unsigned before = races, with = raced_with[left_out[i]];
      for (unsigned r = 0; r < READERS; r++)
        access(r, p, 4, kinds[k]);
      for (unsigned r = 0; r < READERS; r++)
        if (r != left_out[i])
          release(r, lock);
      acquire(WRITER, lock);
      access(WRITER, p, 4, W);
      assert_int_equal(races, before + 1);
      assert_int_equal(raced_with[left_out[i]], with + 1);
    }
}
static void write_after_all_readers_stands_for_them(void **unused) {
  (void)unused;
  const uintptr_t p = fresh(), lock = fresh();
  for (unsigned r = 0; r < READERS; r++) {
    access(r, p, 4, r % 2 ? R : AR);
    release(r, lock);
  }
  assert_in_range(rf_shadow_count(p), READERS, READERS);
  acquire(WRITER, lock);
  access(WRITER, p, 4, W);
  assert_int_equal(races, 0);
  assert_int_equal(rf_shadow_count(p), 1);
}
static void every_reader_is_judged_against_a_write_among_many_reads(void **unused) {
  (void)unused;
  const uintptr_t p = fresh();
  for (unsigned r = 0; r < READERS / 2; r++)
    access(r, p, 4, R);
  access(WRITER, p + 4, 4, W);
  assert_int_equal(races, 0);
  for (unsigned r = READERS / 2; r < READERS; r++) {
    access(r, p, 4, R);
    assert_int_equal(races, 0);
  }
  for (unsigned r = 0; r < READERS; r++) {
    access(r, p + 4, 4, R);
    assert_int_equal(races, r + 1);
  }
  assert_int_equal(raced_with[WRITER], READERS);
}
// The newest cell gives way to a read: it has to be found among those in front.
static void write_that_was_the_newest_is_not_lost(void **unused) {
  (void)unused;
  const uintptr_t p = fresh(), lock = fresh();
  access(WRITER, p, 1, W);
  release(WRITER, lock);
  for (unsigned r = 0; r < READERS - 1; r++) {
    acquire(r, lock);
    access(r, p, 1, R);
  }
  access(WRITER, p + 1, 1, W);
  access(0, p, 1, R);
  access(READERS - 1, p, 2, R); // knows of neither write
  assert_int_equal(races, 2);
  assert_int_equal(raced_with[WRITER], 2);
}
static void reads_in_one_epoch_after_the_other_leave_bounded_records(void **unused) {
  (void)unused;
  const uint64_t kinds[] = {R, AR};
  for (unsigned k = 0; k < 2; k++) {
    const uintptr_t p = fresh(), lock = fresh();
    for (unsigned turn = 0; turn < 60; turn++)
      for (unsigned r = 0; r < READERS; r++) {
        access(r, p + turn % 2, 2, kinds[k]);
        release(r, FAKE_MEMORY + 8 * r);
      }
    assert_in_range(rf_shadow_count(p), READERS, 8 * READERS);
    for (unsigned r = 1; r < READERS; r++)
      release(r, lock);
    acquire(WRITER, lock);
    for (unsigned byte = 0; byte < 3; byte++) {
      access(WRITER, p + byte, 1, W);
      assert_true(races > byte); // the first reader was left out
      assert_int_equal(raced_with[0], races);
    }
    races = raced_with[0] = 0;
  }
}

int main(void) {
  fake_host_start(&main_thread, on_race);
#define TEST(f) cmocka_unit_test_setup_teardown(f, threads_begin, threads_end)
  const struct CMUnitTest tests[] = {
      TEST(write_after_all_readers_but_one_races_with_that_one),
      TEST(write_after_all_readers_stands_for_them),
      TEST(every_reader_is_judged_against_a_write_among_many_reads),
      TEST(write_that_was_the_newest_is_not_lost),
      TEST(reads_in_one_epoch_after_the_other_leave_bounded_records),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
