// Pools, groups and panics: the edges that they declare, and that there are no others. As go_edges_test.c.
#include "fake_detector.h"
#include "go_tests.h"

struct task {
  go_pool pool;
  go_group group;
  int item, other;
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

int run_task_edges(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(put_is_before_the_get_of_this_item_only),
      cmocka_unit_test(an_empty_get_orders_nothing),
      cmocka_unit_test(group_orders_start_and_wait),
      cmocka_unit_test(room_in_a_group_orders_nothing),
      cmocka_unit_test(a_lawful_group_is_not_noted),
      cmocka_unit_test(panics_order_nothing),
  };
  return cmocka_run_group_tests_name("go task edges", tests, NULL, NULL);
}
