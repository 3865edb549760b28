// The library declares the edges of the Go memory model, and no others. Moments are handed between goroutines
// through memory that the fake detector does not see, and goroutines are kept in step by sleeping.
#include "fake_detector.h"
#include "go_tests.h"

#define STEP (30 * GO_MILLISECOND)

struct story {
  go_wg wg;
  go_mutex mutex;
  go_rwmutex rw;
  go_once once;
  go_cond cond;
  chan(int) c;
  struct moment child, child2; // of the goroutines
  struct moment main;
  bool ordered, ordered2;
  volatile int stage; // in step without an edge
};

static void reach(struct story *s, int stage) {
  while (s->stage < stage)
    go_sleep(GO_MILLISECOND);
}

// ---- Birth and death ---------------------------------------------------------------------------------------
static void note_child(void *p) {
  struct story *s = p;
  s->ordered = fake_before(s->main);
  s->ordered2 = fake_before(s->child2);
  s->child = fake_now();
  s->stage = 1;
}

static void start_is_before_the_body_and_end_before_nothing(void **state) {
  struct story s = {0};
  s.main = fake_now();
  go_func(note_child, &s);
  s.child2 = fake_now(); // main, after the start
  reach(&s, 1);
  assert_true(s.ordered);
  go_sleep(STEP);
  assert_false(fake_before(s.child));
}

static void what_follows_the_start_is_not_before_the_body(void **state) {
  struct story s = {0};
  go_func(note_child, &s);
  reach(&s, 1);
  s.main = fake_now();
  s.stage = 0;
  assert_false(fake_before(s.child));
}

static void a_reused_thread_carries_nothing_over(void **state) {
  struct story first = {0}, second = {0};
  go_func(note_child, &first);
  reach(&first, 1);
  go_sleep(STEP); // its carrier is idle again
  second.child2 = first.child;
  go_func(note_child, &second);
  reach(&second, 1);
  assert_false(second.ordered2);
}

// ---- Wait group --------------------------------------------------------------------------------------------
static void note_and_done(void *p) {
  struct story *s = p;
  s->child = fake_now();
  go_wg_done(&s->wg);
  s->child2 = fake_now();
  s->stage = 1;
}

static void done_is_before_wait_returns(void **state) {
  struct story s = {0};
  go_wg_add(&s.wg, 1);
  go_func(note_and_done, &s);
  go_wg_wait(&s.wg);
  assert_true(fake_before(s.child));
  reach(&s, 1);
  assert_false(fake_before(s.child2));
}

static void note_and_add(void *p) {
  struct story *s = p;
  s->child = fake_now();
  go_wg_add(&s->wg, 1);
  s->stage = 1;
}

static void add_orders_nothing(void **state) {
  struct story s = {0};
  go_wg_add(&s.wg, 1);
  go_func(note_and_add, &s);
  reach(&s, 1);
  go_wg_add(&s.wg, -2);
  go_wg_wait(&s.wg);
  assert_false(fake_before(s.child));
}

static void a_new_object_at_an_old_address_knows_nothing(void **state) {
  struct story s = {0};
  go_wg_add(&s.wg, 1);
  go_func(note_and_done, &s);
  reach(&s, 1);
  s.wg = (go_wg){0};
  go_wg_wait(&s.wg);
  assert_false(fake_before(s.child));
}

static void wait_in_goroutine(void *p) {
  struct story *s = p;
  s->stage = 1;
  go_wg_wait(&s->wg);
  s->stage = 2;
}

static void add_that_races_with_wait_is_noted(void **state) {
  struct story s = {0};
  fake_take_races();
  go_wg_add(&s.wg, 1);
  go_func(wait_in_goroutine, &s);
  reach(&s, 1);
  go_sleep(STEP);
  go_wg_done(&s.wg);
  reach(&s, 2);
  go_wg_add(&s.wg, 1); // nothing orders this after the wait
  go_wg_done(&s.wg);
  assert_true(fake_take_races() > 0);
}

static void legal_reuse_of_a_wg_is_not_noted(void **state) {
  struct story s = {0};
  fake_take_races();
  for (int round = 0; round < 20; round++) {
    s.stage = 0;
    go_wg_add(&s.wg, 1);
    go_func(note_and_done, &s);
    go_wg_wait(&s.wg);
    reach(&s, 1);
  }
  assert_int_equal(fake_take_races(), 0);
}

// ---- Mutexes -----------------------------------------------------------------------------------------------
static void lock_and_note(void *p) {
  struct story *s = p;
  go_lock(&s->mutex);
  assert_int_equal(fake_held(), 1);
  s->child = fake_now();
  go_unlock(&s->mutex);
  assert_int_equal(fake_held(), 0);
  s->child2 = fake_now();
  s->stage = 1;
}

static void unlock_is_before_later_locks(void **state) {
  struct story s = {0};
  go_func(lock_and_note, &s);
  reach(&s, 1);
  assert_false(fake_before(s.child));
  go_lock(&s.mutex);
  assert_true(fake_before(s.child));
  assert_false(fake_before(s.child2));
  assert_false(go_trylock(&s.mutex));
  go_unlock(&s.mutex);
}

static void contended_lock_is_ordered_too(void **state) {
  struct story s = {0};
  go_lock(&s.mutex);
  go_func(lock_and_note, &s);
  go_sleep(STEP);
  go_unlock(&s.mutex);
  reach(&s, 1);
  go_lock(&s.mutex);
  assert_true(fake_before(s.child));
  go_unlock(&s.mutex);
}

static void read_and_note(void *p) {
  struct story *s = p;
  go_rlock(&s->rw);
  s->child = fake_now();
  go_runlock(&s->rw);
  s->stage = 1;
}

static void runlock_is_before_wlock_only(void **state) {
  struct story s = {0};
  go_func(read_and_note, &s);
  reach(&s, 1);
  go_rlock(&s.rw);
  assert_false(fake_before(s.child));
  go_runlock(&s.rw);
  assert_true(go_tryrlock(&s.rw));
  assert_false(fake_before(s.child));
  go_runlock(&s.rw);
  go_wlock(&s.rw);
  assert_true(fake_before(s.child));
  go_wunlock(&s.rw);
}

static void write_and_note(void *p) {
  struct story *s = p;
  go_wlock(&s->rw);
  s->child = fake_now();
  go_wunlock(&s->rw);
  s->stage = 1;
}

static void wunlock_is_before_rlock_and_wlock(void **state) {
  struct story s = {0};
  go_func(write_and_note, &s);
  reach(&s, 1);
  go_rlock(&s.rw);
  assert_true(fake_before(s.child));
  go_runlock(&s.rw);
}

static void readers_are_ordered_by_a_writer_between_them(void **state) {
  struct story s = {0};
  go_func(read_and_note, &s);
  reach(&s, 1);
  struct moment reader = s.child;
  s.stage = 0;
  go_func(write_and_note, &s);
  reach(&s, 1);
  go_rlock(&s.rw);
  assert_true(fake_before(reader));
  go_runlock(&s.rw);
}

// ---- Once, condition ---------------------------------------------------------------------------------------
static void note_body(void *p) {
  struct story *s = p;
  s->child = fake_now();
}

static void do_once(void *p) {
  struct story *s = p;
  s->main = fake_now();
  go_once_do(&s->once, note_body, s);
  s->child2 = fake_now();
  s->stage = 1;
}

static void once_body_is_before_every_return(void **state) {
  struct story s = {0};
  go_func(do_once, &s);
  reach(&s, 1);
  assert_false(fake_before(s.child));
  go_once_do(&s.once, note_body, &s);
  assert_true(fake_before(s.child));
  assert_false(fake_before(s.child2));
}

static void signal_without_lock(void *p) {
  struct story *s = p;
  go_sleep(STEP);
  s->child = fake_now();
  go_cond_signal(&s->cond);
  s->child2 = fake_now();
  s->stage = 1;
}

static void signal_is_before_the_wake(void **state) {
  struct story s = {0};
  go_func(signal_without_lock, &s);
  go_lock(&s.mutex);
  go_cond_wait(&s.cond, &s.mutex);
  go_unlock(&s.mutex);
  assert_true(fake_before(s.child));
  reach(&s, 1);
  assert_false(fake_before(s.child2));
}

// ---- Channels ----------------------------------------------------------------------------------------------
static void note_and_send(void *p) {
  struct story *s = p;
  s->child = fake_now();
  go_send(s->c, 1);
  s->ordered = fake_before(s->main);
  s->child2 = fake_now();
  s->stage = 1;
}

static void unbuffered(int64_t before_recv) {
  struct story s = {.c = go_make(int, 0)};
  go_func(note_and_send, &s);
  go_sleep(before_recv);
  s.main = fake_now();
  go_recv(s.c);
  assert_true(fake_before(s.child));
  reach(&s, 1);
  assert_true(s.ordered); // the receive is before the send's completion
  assert_false(fake_before(s.child2));
  go_free(s.c);
}

static void unbuffered_orders_both_ways_whoever_comes_first(void **state) {
  unbuffered(STEP);
  unbuffered(0);
  struct story s = {.c = go_make(int, 0)};
  int v;
  go_func(note_and_send, &s);
  s.main = fake_now();
  assert_int_equal(go_select(GO_RECV(s.c, &v), GO_TIMEOUT(GO_SECOND)), 0);
  assert_true(fake_before(s.child));
  reach(&s, 1);
  assert_true(s.ordered);
  go_free(s.c);
}

static void buffered_send_is_before_its_receive_only(void **state) {
  struct story s = {.c = go_make(int, 2)};
  go_send(s.c, 0);
  go_func(note_and_send, &s);
  reach(&s, 1);
  assert_int_equal(go_len(s.c), 2);
  assert_int_equal(go_cap(s.c), 2);
  assert_false(fake_before(s.child)); // neither looks at the channel
  s.main = fake_now();
  go_recv(s.c); // main's own
  assert_false(fake_before(s.child));
  go_recv(s.c);
  assert_true(fake_before(s.child));
  go_free(s.c);
}

static void receive_and_note(void *p) {
  struct story *s = p;
  s->child = fake_now();
  go_recv(s->c);
  s->child2 = fake_now();
  s->stage = 1;
}

static void kth_receive_is_before_send_k_plus_cap(void **state) {
  struct story s = {.c = go_make(int, 2)};
  go_send(s.c, 0);
  go_func(receive_and_note, &s);
  reach(&s, 1);
  go_send(s.c, 1); // had room from the start
  assert_false(fake_before(s.child));
  go_send(s.c, 2); // takes the place that the receive freed
  assert_true(fake_before(s.child));
  assert_false(fake_before(s.child2));
  go_free(s.c);
}

static void waiting_buffered_send_is_ordered(void **state) {
  struct story s = {.c = go_make(int, 1)};
  go_send(s.c, 0);
  go_func(note_and_send, &s);
  go_sleep(STEP); // it waits for room
  s.main = fake_now();
  go_recv(s.c);
  reach(&s, 1);
  assert_true(s.ordered);
  go_free(s.c);
}

static void note_and_close(void *p) {
  struct story *s = p;
  s->child = fake_now();
  go_close(s->c);
  s->child2 = fake_now();
  s->stage = 1;
}

static void close_is_before_a_receive_that_sees_it(void **state) {
  struct story s = {.c = go_make(int, 1)};
  go_send(s.c, 1);
  fake_take_races();
  go_func(note_and_close, &s);
  reach(&s, 1);
  go_recv(s.c); // a value: does not see the close
  assert_false(fake_before(s.child));
  go_recv(s.c);
  assert_true(fake_before(s.child));
  assert_false(fake_before(s.child2));
  assert_int_equal(fake_take_races(), 0); // main's send was before the goroutine
  go_free(s.c);
}

static void close_against_send_is_noted(void **state) {
  struct story s = {.c = go_make(int, 1)};
  fake_take_races();
  go_func(note_and_send, &s);
  reach(&s, 1);
  go_close(s.c);
  assert_true(fake_take_races() > 0);
}

static void a_new_channel_has_no_past(void **state) {
  fake_take_races();
  for (int i = 0; i < 20; i++) {
    struct story s = {.c = go_make(int, 1)};
    go_func(note_and_send, &s);
    go_recv(s.c);
    reach(&s, 1);
    go_free(s.c); // the send happened before its receive
  }
  assert_int_equal(fake_take_races(), 0);
}

static void select_orders_the_chosen_case_only(void **state) {
  struct story a = {.c = go_make(int, 1)}, b = {.c = go_make(int, 1)};
  int v;
  go_func(note_and_send, &a);
  reach(&a, 1);
  assert_int_equal(go_select(GO_RECV(a.c, &v), GO_RECV(b.c, &v)), 0);
  go_func(note_and_send, &b);
  reach(&b, 1);
  assert_true(fake_before(a.child));
  assert_false(fake_before(b.child));
  assert_int_equal(go_select(GO_RECV(a.c, &v), GO_DEFAULT), 1);
  assert_false(fake_before(b.child));
  go_free(a.c);
  go_free(b.c);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(start_is_before_the_body_and_end_before_nothing),
      cmocka_unit_test(what_follows_the_start_is_not_before_the_body),
      cmocka_unit_test(a_reused_thread_carries_nothing_over),
      cmocka_unit_test(done_is_before_wait_returns),
      cmocka_unit_test(add_orders_nothing),
      cmocka_unit_test(a_new_object_at_an_old_address_knows_nothing),
      cmocka_unit_test(add_that_races_with_wait_is_noted),
      cmocka_unit_test(legal_reuse_of_a_wg_is_not_noted),
      cmocka_unit_test(unlock_is_before_later_locks),
      cmocka_unit_test(contended_lock_is_ordered_too),
      cmocka_unit_test(runlock_is_before_wlock_only),
      cmocka_unit_test(wunlock_is_before_rlock_and_wlock),
      cmocka_unit_test(readers_are_ordered_by_a_writer_between_them),
      cmocka_unit_test(once_body_is_before_every_return),
      cmocka_unit_test(signal_is_before_the_wake),
      cmocka_unit_test(unbuffered_orders_both_ways_whoever_comes_first),
      cmocka_unit_test(buffered_send_is_before_its_receive_only),
      cmocka_unit_test(kth_receive_is_before_send_k_plus_cap),
      cmocka_unit_test(waiting_buffered_send_is_ordered),
      cmocka_unit_test(close_is_before_a_receive_that_sees_it),
      cmocka_unit_test(close_against_send_is_noted),
      cmocka_unit_test(a_new_channel_has_no_past),
      cmocka_unit_test(select_orders_the_chosen_case_only),
  };
  return cmocka_run_group_tests_name("go edges", tests, NULL, NULL) + run_task_edges() + run_boxes();
}
