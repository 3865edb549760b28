// Pools, groups, panics, timers, contexts and dumps: the edges that they declare, and that there are no others.
// As go_edges_test.c.
#include "fake_detector.h"
#include "go_tests.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

struct task {
  go_pool pool;
  go_group group;
  int item, other;
  chan(int64_t) c;
  int64_t ns;
  go_timer timer;
  go_ctx *ctx;
  struct moment start, inside, after;
  bool start_ordered, first_ordered;
  volatile int stage; // in step without an edge
};

static void reach(struct task *s, int stage) {
  while (s->stage < stage)
    go_sleep(GO_MILLISECOND);
}

// ---- Pool --------------------------------------------------------------------------------------------------
static void note_and_put(void *p) {
  struct task *s = p;
  s->inside = fake_now();
  go_pool_put(&s->pool, &s->item);
  s->after = fake_now();
  s->stage = 1;
}

static void put_is_before_the_get_of_this_item_only(void **state) {
  struct task s = {0};
  go_func(note_and_put, &s);
  reach(&s, 1);
  go_pool_put(&s.pool, &s.other);
  assert_false(fake_before(s.inside));
  assert_ptr_equal(go_pool_get(&s.pool), &s.other);
  assert_false(fake_before(s.inside));
  assert_ptr_equal(go_pool_get(&s.pool), &s.item);
  assert_true(fake_before(s.inside));
  assert_false(fake_before(s.after));
}

static void an_empty_get_orders_nothing(void **state) {
  struct task s = {0};
  go_func(note_and_put, &s);
  reach(&s, 1);
  struct moment first = s.inside;
  s.stage = 0;
  assert_ptr_equal(go_pool_get(&s.pool), &s.item);
  go_func(note_and_put, &s);
  reach(&s, 1);
  s.pool = (go_pool){0}; // a new one at the same address
  assert_null(go_pool_get(&s.pool));
  assert_true(fake_before(first));
  assert_false(fake_before(s.inside));
}

// ---- Group -------------------------------------------------------------------------------------------------
static int note_body(void *p) {
  struct task *s = p;
  s->start_ordered = fake_before(s->start);
  s->inside = fake_now();
  s->stage = 1;
  return 0;
}

static void group_orders_start_and_wait(void **state) {
  struct task s = {0};
  s.start = fake_now();
  go_group_go(&s.group, note_body, &s);
  reach(&s, 1);
  assert_true(s.start_ordered);
  assert_false(fake_before(s.inside));
  assert_int_equal(go_group_wait(&s.group), 0);
  assert_true(fake_before(s.inside));
}

static int note_second(void *p) {
  struct task *s = p;
  s->first_ordered = fake_before(s->inside);
  return 0;
}

static void room_in_a_group_orders_nothing(void **state) {
  struct task s = {0};
  go_group_limit(&s.group, 1);
  go_group_go(&s.group, note_body, &s);
  go_group_go(&s.group, note_second, &s); // waits for the first
  assert_int_equal(s.stage, 1);
  assert_false(fake_before(s.inside));
  go_group_wait(&s.group);
  assert_false(s.first_ordered);
  assert_true(fake_before(s.inside));
}

static void a_lawful_group_is_not_noted(void **state) {
  struct task s = {0};
  fake_take_races();
  go_group_go(&s.group, note_body, &s);
  go_group_wait(&s.group);
  assert_int_equal(fake_take_races(), 0);
}

// ---- Panic -------------------------------------------------------------------------------------------------
static void panic_now(void *p) { go_panic("now"); }

static void note_and_panic(void *p) {
  struct task *s = p;
  go_try(panic_now, NULL);
  s->inside = fake_now();
  s->stage = 1;
}

static void panics_order_nothing(void **state) {
  struct task s = {0};
  go_func(note_and_panic, &s);
  reach(&s, 1);
  assert_string_equal(go_try(panic_now, NULL), "now");
  assert_false(fake_before(s.inside));
}

// ---- Timers ------------------------------------------------------------------------------------------------
static void note_call(void *p) {
  struct task *s = p;
  s->start_ordered = fake_before(s->start);
  s->first_ordered = fake_before(s->after);
  s->inside = fake_now();
  s->stage = 1;
}

static void arming_is_before_the_callback_and_that_before_nothing(void **state) {
  struct task s = {0};
  s.start = fake_now();
  go_timer t = go_after_func(20 * GO_MILLISECOND, note_call, &s);
  s.after = fake_now();
  reach(&s, 1);
  assert_true(s.start_ordered);
  assert_false(s.first_ordered);
  assert_false(fake_before(s.inside));
  assert_false(go_timer_stop(t));
  assert_false(fake_before(s.inside));
}

static void arm_for_main(void *p) {
  struct task *s = p;
  s->inside = fake_now();
  s->timer = go_after(s->c, s->ns);
  s->after = fake_now();
  s->stage = 1;
}

static void arming_is_before_the_receive(void **state) {
  struct task s = {.c = go_make(int64_t, 1)};
  go_func(arm_for_main, &s);
  go_recv(s.c);
  assert_true(fake_before(s.inside));
  reach(&s, 1);
  assert_false(fake_before(s.after));
  go_free(s.c);
}

static void a_timer_says_nothing_of_others(void **state) {
  struct task s = {.c = go_make(int64_t, 1), .ns = 10 * GO_MILLISECOND};
  chan(int64_t) mine = go_make(int64_t, 1);
  go_func(arm_for_main, &s);
  reach(&s, 1);
  go_after(mine, 20 * GO_MILLISECOND); // fires after the other
  go_recv(mine);
  assert_int_equal(go_len(s.c), 1);
  assert_false(fake_before(s.inside));
  go_free(mine);
  go_free(s.c);
}

static void stopping_orders_nothing(void **state) {
  struct task s = {.c = go_make(int64_t, 1), .ns = GO_MINUTE};
  go_func(arm_for_main, &s);
  reach(&s, 1);
  assert_true(go_timer_stop(s.timer));
  assert_false(fake_before(s.inside));
  go_free(s.c);
}

static void arm_ticker_for_main(void *p) {
  struct task *s = p;
  s->inside = fake_now();
  s->timer = go_ticker(s->c, 2 * GO_MILLISECOND);
  s->after = fake_now();
  s->stage = 1;
}

static void arming_a_ticker_is_before_every_tick(void **state) {
  struct task s = {.c = go_make(int64_t, 1)};
  fake_take_races();
  go_func(arm_ticker_for_main, &s);
  for (int i = 0; i < 3; i++) {
    go_recv(s.c);
    assert_true(fake_before(s.inside));
  }
  reach(&s, 1);
  assert_false(fake_before(s.after));
  assert_true(go_timer_stop(s.timer));
  go_free(s.c);
  assert_int_equal(fake_take_races(), 0); // whoever has stopped it may free the channel
}

// ---- Contexts ----------------------------------------------------------------------------------------------
static void cancel_ctx(void *p) {
  struct task *s = p;
  s->inside = fake_now();
  go_ctx_cancel(s->ctx);
  s->after = fake_now();
  s->stage++;
}

static void cancel_is_before_a_receive_on_done_only(void **state) {
  struct task s = {.ctx = go_ctx_with_cancel(go_ctx_background())};
  fake_take_races();
  go_func(cancel_ctx, &s);
  reach(&s, 1);
  assert_int_equal(go_ctx_err(s.ctx), ECANCELED);
  assert_false(fake_before(s.inside)); // to look orders nothing
  struct moment first = s.inside;
  go_func(cancel_ctx, &s); // in vain
  reach(&s, 2);
  go_recv(go_ctx_done(s.ctx));
  assert_true(fake_before(first));
  assert_false(fake_before(s.inside));
  go_ctx_free(s.ctx);
  assert_int_equal(fake_take_races(), 0);
}

static void cancel_is_before_done_of_all_below(void **state) {
  struct task s = {.ctx = go_ctx_with_cancel(go_ctx_background())};
  go_ctx *below = go_ctx_with_timeout(s.ctx, GO_MINUTE);
  go_ctx *deep = go_ctx_with_cancel(below);
  go_func(cancel_ctx, &s);
  assert_int_equal(go_select(GO_RECV(go_ctx_done(deep), NULL), GO_TIMEOUT(10 * GO_SECOND)), 0);
  assert_true(fake_before(s.inside));
  reach(&s, 1);
  assert_false(fake_before(s.after));
  go_ctx_free(deep);
  go_ctx_free(below);
  go_ctx_free(s.ctx);
}

static void a_context_that_is_born_ended_knows_the_cancel(void **state) {
  struct task s = {.ctx = go_ctx_with_cancel(go_ctx_background())};
  go_func(cancel_ctx, &s);
  reach(&s, 1);
  go_ctx *below = go_ctx_with_cancel(s.ctx);
  assert_int_equal(go_ctx_err(below), ECANCELED);
  go_recv(go_ctx_done(below));
  assert_true(fake_before(s.inside));
  assert_false(fake_before(s.after));
  go_ctx_free(below);
  go_ctx_free(s.ctx);
}

static void make_ctx(void *p) {
  struct task *s = p;
  s->inside = fake_now();
  s->ctx = go_ctx_with_timeout(go_ctx_background(), 20 * GO_MILLISECOND);
  s->after = fake_now();
  s->stage = 1;
}

static void a_timeout_is_ordered_after_its_arming_only(void **state) {
  struct task s = {0};
  go_func(make_ctx, &s);
  reach(&s, 1);
  go_ctx *mine = go_ctx_with_timeout(go_ctx_background(), 60 * GO_MILLISECOND);
  go_recv(go_ctx_done(mine));
  assert_int_equal(go_ctx_err(mine), ETIMEDOUT);
  assert_int_equal(go_ctx_err(s.ctx), ETIMEDOUT);
  assert_false(fake_before(s.inside));
  go_recv(go_ctx_done(s.ctx));
  assert_true(fake_before(s.inside));
  assert_false(fake_before(s.after));
  go_ctx_free(mine);
  go_ctx_free(s.ctx);
}

static void contexts_of_one_tree_order_nothing_else(void **state) {
  struct task s = {0};
  go_ctx *root = go_ctx_with_cancel(go_ctx_background());
  go_ctx *mine = go_ctx_with_cancel(root);
  s.ctx = go_ctx_with_cancel(root);
  go_func(cancel_ctx, &s); // a sibling
  reach(&s, 1);
  go_ctx_cancel(mine);
  go_recv(go_ctx_done(mine));
  assert_int_equal(go_ctx_err(root), 0);
  go_ctx_cancel(root);
  go_recv(go_ctx_done(root));
  go_ctx_free(s.ctx);
  go_ctx_free(mine);
  go_ctx_free(root);
  assert_false(fake_before(s.inside));
}

// ---- Dump --------------------------------------------------------------------------------------------------
static void note_only(void *p) {
  struct task *s = p;
  s->inside = fake_now();
  s->stage = 1;
  go_sleep(GO_SECOND);
}

static void dumping_orders_nothing(void **state) {
  struct task s = {0};
  go_func(note_only, &s);
  reach(&s, 1);
  int null = open("/dev/null", O_WRONLY);
  go_dump(null);
  close(null);
  assert_false(fake_before(s.inside));
}

int run_task_edges(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(put_is_before_the_get_of_this_item_only),
      cmocka_unit_test(an_empty_get_orders_nothing),
      cmocka_unit_test(group_orders_start_and_wait),
      cmocka_unit_test(room_in_a_group_orders_nothing),
      cmocka_unit_test(a_lawful_group_is_not_noted),
      cmocka_unit_test(panics_order_nothing),
      cmocka_unit_test(arming_is_before_the_callback_and_that_before_nothing),
      cmocka_unit_test(arming_is_before_the_receive),
      cmocka_unit_test(a_timer_says_nothing_of_others),
      cmocka_unit_test(stopping_orders_nothing),
      cmocka_unit_test(arming_a_ticker_is_before_every_tick),
      cmocka_unit_test(cancel_is_before_a_receive_on_done_only),
      cmocka_unit_test(cancel_is_before_done_of_all_below),
      cmocka_unit_test(a_context_that_is_born_ended_knows_the_cancel),
      cmocka_unit_test(a_timeout_is_ordered_after_its_arming_only),
      cmocka_unit_test(dumping_orders_nothing),
      cmocka_unit_test(contexts_of_one_tree_order_nothing_else),
  };
  return cmocka_run_group_tests_name("go task edges", tests, NULL, NULL);
}
