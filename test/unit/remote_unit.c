// Remote cells, one rule a test, each with its negative twin. Threads are puppets of this file.
#include "fake_host.h"
#include "rf_collect.h"
#include "rf_epoch.h"
#include "rf_remote.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define R RF_CELL_PLAIN
#define W (RF_CELL_PLAIN | RF_CELL_WRITE)
#define AR 0
#define AW RF_CELL_WRITE

enum { READER = 1, OTHER, WRITER, LATE, THREADS };

static struct rf_thread main_thread;
static struct fake_carrier carrier[THREADS];
static struct rf_lthread *thread[THREADS];
static struct rf_site site[2];
static unsigned races;
static struct rf_race last;
static uintptr_t next_word = FAKE_MEMORY;

static void on_race(const struct rf_race *r) {
  races++;
  last = *r;
}

static uintptr_t fresh(void) { return next_word += 64; }

static void begin(unsigned i) {
  struct rf_birth *b = rf_thread_fork(&main_thread, RF_THREAD_PTHREAD, "t", &site[0]);
  thread[i] = b->child;
  rf_thread_begin(&carrier[i].thread, b, &carrier[i].tls, carrier[i].frames);
}
static void end(unsigned i) {
  rf_thread_end(&carrier[i].thread, true);
  rf_thread_join(&main_thread, thread[i]);
}
static int threads_begin(void **unused) {
  (void)unused;
  begin(READER);
  begin(OTHER);
  begin(WRITER);
  races = 0;
  return 0;
}
static int threads_end(void **unused) {
  (void)unused;
  for (unsigned i = READER; i <= WRITER; i++)
    end(i);
  return 0;
}

static void access(unsigned i, uintptr_t at, size_t n, uint64_t kind) {
  rf_access_small(&carrier[i].thread, at, n, &(struct rf_access){.kind = kind, .site = &site[1]});
}
static void release(unsigned i, uintptr_t object) { rf_sync_release_store_at(&carrier[i].thread, object); }
static void acquire(unsigned i, uintptr_t object) { rf_sync_acquire_at(&carrier[i].thread, object); }
// The thread's next record is of another epoch.
static void next_epoch(unsigned i) { release(i, FAKE_MEMORY + 8 * i); }

static struct rf_remote *remote(unsigned i, uintptr_t at) {
  struct rf_remote *r = rf_remote_find(&carrier[i].thread, at & ~(uintptr_t)7);
  return r && r->state == RF_REMOTE_LIVE ? r : NULL;
}
// Reader and other access the bytes in one epoch after the other, until the reader has a remote.
static void often(uintptr_t at, size_t n, uint64_t kind) {
  for (unsigned turns = 0; !remote(READER, at); turns++) {
    assert_true(turns < 10000);
    access(OTHER, at, n, kind);
    access(READER, at, n, kind);
    next_epoch(READER);
    next_epoch(OTHER);
  }
  assert_int_equal(races, 0);
}

static void renewals_touch_no_granule(void **unused) {
  (void)unused;
  const uint64_t kinds[] = {R, AR, AW};
  for (unsigned k = 0; k < 3; k++) {
    const uintptr_t p = fresh();
    often(p, 4, kinds[k]);
    const unsigned cells = rf_shadow_count(p);
    for (unsigned i = 0; i < 100; i++) {
      access(READER, p, 4, kinds[k]);
      assert_int_equal(rf_cell_epoch(*rf_remote_cell(remote(READER, p), kinds[k])), carrier[READER].thread.epoch);
      next_epoch(READER);
    }
    assert_int_equal(rf_shadow_count(p), cells);
    assert_non_null(remote(READER, p));
  }
}
static void conflicting_access_after_the_last_renewal_is_ordered_or_races(void **unused) {
  (void)unused;
  const struct {
    uint64_t renewed, then;
  } pairs[] = {{R, W}, {R, AW}, {AR, W}, {AW, W}, {AW, R}};
  for (unsigned ordered = 0; ordered < 2; ordered++)
    for (unsigned k = 0; k < sizeof pairs / sizeof *pairs; k++) {
      const uintptr_t p = fresh(), lock = fresh();
      often(p, 4, pairs[k].renewed);
      release(OTHER, lock);
      acquire(READER, lock);
      release(READER, lock);
      access(READER, p, 4, pairs[k].renewed);
      if (ordered)
        release(READER, lock);
      acquire(WRITER, lock);
      access(WRITER, p, 4, pairs[k].then);
      assert_int_equal(races, !ordered);
      if (races)
        assert_ptr_equal(rf_epoch_lookup(rf_cell_epoch(last.before)).thread, thread[READER]);
      assert_null(remote(READER, p));
      races = 0;
    }
}
static void access_that_conflicts_with_none_leaves_remotes_alone(void **unused) {
  (void)unused;
  const uintptr_t p = fresh(), q = fresh(), lock = fresh();
  often(p, 4, R);
  access(WRITER, p, 4, R);
  access(WRITER, p, 4, AR);
  access(WRITER, p + 4, 4, W);
  assert_non_null(remote(READER, p));
  often(q, 4, AW);
  access(WRITER, q, 4, AW);
  access(WRITER, q, 4, AR);
  release(OTHER, lock);
  acquire(WRITER, lock);
  release(WRITER, lock);
  acquire(READER, lock);
  access(READER, q, 4, R); // its own
  assert_non_null(remote(READER, q));
  assert_int_equal(races, 0);
}
static void none_begins_beside_what_its_renewals_could_race_with(void **unused) {
  (void)unused;
  const uintptr_t p = fresh(), q = fresh(), lock = fresh();
  often(p, 4, R);
  release(READER, lock);
  acquire(OTHER, lock);
  access(READER, p, 4, R); // later than what the granule itself knows of
  access(WRITER, q, 4, R);
  for (unsigned i = 0; i < 10000; i++) {
    access(OTHER, p, 4, AR);
    access(OTHER, q, 4, AR);
    next_epoch(OTHER);
  }
  assert_int_equal(races, 0);
  access(OTHER, p, 4, AW);
  assert_true(races > 0); // with the remote of plain reads
  races = 0;
  access(OTHER, q, 4, AW);
  assert_int_equal(races, 1); // with the cell of a plain read
}
static void renewed_bytes_do_not_lose_their_neighbours(void **unused) {
  (void)unused;
  const uintptr_t p = fresh(), lock = fresh();
  often(p, 8, R);
  release(OTHER, lock);
  acquire(READER, lock);
  release(READER, lock);
  acquire(WRITER, lock);
  access(READER, p, 8, R); // later than what the granule itself knows of
  next_epoch(READER);
  access(READER, p, 4, R);
  for (unsigned i = 0; i < 8; i++) {
    access(WRITER, p + i, 1, W);
    assert_true(races > i);
  }
}
static void first_access_after_one_that_took_it_back_is_judged(void **unused) {
  (void)unused;
  const uintptr_t p = fresh(), lock = fresh();
  often(p, 4, R);
  release(READER, lock);
  release(OTHER, FAKE_MEMORY);
  acquire(WRITER, FAKE_MEMORY);
  acquire(WRITER, lock);
  access(WRITER, p, 4, W);
  assert_int_equal(races, 0);
  access(READER, p, 4, R);
  assert_int_equal(races, 1);
}
static void new_memory_has_no_remotes(void **unused) {
  (void)unused;
  for (unsigned part = 0; part < 2; part++) {
    const uintptr_t p = fresh();
    often(p, 4, R);
    access(READER, p, 4, R);
    rf_shadow_clear(&main_thread, p, part ? 4 : 8);
    assert_null(remote(READER, p));
    access(WRITER, p, 4, W);
    assert_int_equal(races, 0);
    access(READER, p, 4, R); // in the epoch in which it read the old one
    assert_int_equal(races, 1);
    races = 0;
  }
}
static void remote_outlives_its_thread(void **unused) {
  (void)unused;
  for (unsigned joined = 0; joined < 2; joined++) {
    const uintptr_t p = fresh(), lock = fresh();
    often(p, 4, R);
    release(OTHER, lock);
    access(READER, p, 4, R);
    end(READER);
    rf_sync_release_merge_at(&main_thread, lock);
    if (joined)
      acquire(WRITER, lock);
    else
      acquire(WRITER, FAKE_MEMORY); // another object
    access(WRITER, p, 4, W);
    assert_int_equal(races > 0, !joined);
    races = 0;
    begin(READER);
  }
}
static void collection_spares_the_epochs_of_remotes(void **unused) {
  (void)unused;
  const uintptr_t p = fresh(), q = fresh();
  often(p, 4, R);
  for (unsigned i = 0; i < 10000; i++) { // far from the epochs of the granule's own cells
    access(READER, q, 4, W);
    next_epoch(READER);
  }
  access(READER, p, 4, R);
  const uint64_t epoch = carrier[READER].thread.epoch;
  for (unsigned i = 0; i < 10000; i++) {
    access(READER, q, 4, W);
    next_epoch(READER);
  }
  rf_collect();
  assert_ptr_equal(rf_epoch_lookup(epoch).thread, thread[READER]);
}
static void remotes_that_share_a_place_give_way(void **unused) {
  (void)unused;
  enum { WORDS = 6000 };
  const uintptr_t base = FAKE_MEMORY + 0x3000;
  unsigned live = 0;
  for (unsigned i = 0; i < WORDS; i++) {
    for (unsigned k = 0; k < 2000 && !remote(READER, base + 8 * i); k++) {
      access(OTHER, base + 8 * i, 8, R);
      access(READER, base + 8 * i, 8, R);
      next_epoch(READER);
      next_epoch(OTHER);
    }
    next_epoch(READER); // a remote of the present epoch or the one before is in use
    access(READER, FAKE_MEMORY + 64, 8, W);
    next_epoch(READER);
  }
  for (unsigned i = 0; i < WORDS; i++)
    live += remote(READER, base + 8 * i) != NULL;
  assert_int_equal(live, carrier[READER].thread.remotes_count);
  assert_in_range(live, WORDS / 4, 4096);
  for (unsigned i = 0; i < WORDS; i++) {
    const unsigned before = races;
    access(WRITER, base + 8 * i, 8, W);
    assert_true(races >= before + 1);
  }
}

int main(void) {
  fake_host_start(&main_thread, on_race);
#define RULE(f) cmocka_unit_test_setup_teardown(f, threads_begin, threads_end)
  const struct CMUnitTest tests[] = {
      RULE(renewals_touch_no_granule),
      RULE(conflicting_access_after_the_last_renewal_is_ordered_or_races),
      RULE(access_that_conflicts_with_none_leaves_remotes_alone),
      RULE(none_begins_beside_what_its_renewals_could_race_with),
      RULE(renewed_bytes_do_not_lose_their_neighbours),
      RULE(first_access_after_one_that_took_it_back_is_judged),
      RULE(new_memory_has_no_remotes),
      RULE(remote_outlives_its_thread),
      RULE(collection_spares_the_epochs_of_remotes),
      RULE(remotes_that_share_a_place_give_way),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
