// Boxes of captured locals: they live as long as somebody uses them, and order nothing. As go_edges_test.c.
#include "fake_detector.h"
#include "go_tests.h"

#include "rf_edges.h"

#include <string.h>

void *__rf_go_box_new(uint64_t bytes, uint64_t align, const struct rf_var *var);
void __rf_go_box_drop(void *local);
void __rf_go_spawn_block(void (*body)(void *), const void *context, uint64_t bytes, void *const *boxes,
                         uint64_t count, const struct rf_site *site);

struct local {
  struct moment start, inside;
  bool start_ordered;
  volatile int stage; // in step without an edge
  volatile int go_on;
  int object; // of synchronisation
};

static void reach(struct local *l, int stage) {
  while (l->stage < stage)
    go_sleep(GO_MILLISECOND);
}

static int variables_before; // of other tests, which did not free their channels

static void until_variables(int n) {
  for (int i = 0; i < 5000 && fake_variables() - variables_before != n; i++)
    go_sleep(GO_MILLISECOND);
  assert_int_equal(fake_variables() - variables_before, n);
}

static int count_variables(void **state) {
  variables_before = fake_variables();
  return 0;
}

static struct local *make(void) {
  struct local *l = __rf_go_box_new(sizeof *l, 8, NULL);
  *l = (struct local){0};
  return l;
}

// What clang makes of the captures of one local.
static void start(void (*body)(void *), struct local *l) {
  void *context[1] = {l}, *boxes[1] = {l};
  __rf_go_spawn_block(body, context, sizeof context, boxes, 1, NULL);
  context[0] = boxes[0] = NULL; // both have been copied
}

static void note(void *context) {
  struct local *l = *(struct local **)context;
  l->start_ordered = fake_before(l->start);
  l->inside = fake_now();
  l->stage = 1;
  while (!l->go_on)
    go_sleep(GO_MILLISECOND);
}

static void note_and_exit(void *context) {
  note(context);
  go_exit();
}

static void a_box_is_aligned(void **state) {
  for (uint64_t align = 1; align <= 8192; align *= 2) {
    char *p = __rf_go_box_new(align + 3, align, NULL), *q = __rf_go_box_new(0, align, NULL);
    assert_int_equal((uintptr_t)p % align, 0);
    assert_int_equal((uintptr_t)p % 16, 0);
    memset(p, 1, align + 3);
    assert_true(q + 1 <= p || q >= p + align + 3);
    __rf_go_box_drop(p);
    __rf_go_box_drop(q);
  }
  __rf_go_box_drop(NULL);
  assert_int_equal(fake_variables() - variables_before, 0);
}

static void a_box_lives_until_its_last_user_is_done(void **state) {
  struct local *l = make(), *other = make();
  start(note, l);
  start(note, l);
  start(note, other);
  reach(l, 1);
  __rf_go_box_drop(l);
  other->go_on = 1;
  __rf_go_box_drop(other);
  until_variables(1);
  l->go_on = 1;
  until_variables(0);
}

static void a_goroutine_that_exits_is_done(void **state) {
  struct local *l = make();
  start(note_and_exit, l);
  reach(l, 1);
  l->go_on = 1;
  __rf_go_box_drop(l);
  until_variables(0);
}

static void the_start_is_before_the_block_and_the_end_before_nothing(void **state) {
  struct local *l = make();
  l->start = fake_now();
  start(note, l);
  reach(l, 1);
  assert_true(l->start_ordered);
  struct moment inside = l->inside;
  l->go_on = 1;
  __rf_go_box_drop(l);
  until_variables(0);
  assert_false(fake_before(inside));
}

static void note_and_release(void *context) {
  struct local *l = *(struct local **)context;
  l->inside = fake_now();
  __rf_release(&l->object);
  l->stage = 1;
}

// The next box may lie at the same place.
static void what_a_box_held_is_forgotten(void **state) {
  struct local *l = make();
  start(note_and_release, l);
  reach(l, 1);
  struct moment inside = l->inside;
  __rf_go_box_drop(l);
  until_variables(0);
  struct local *old = l;
  l = __rf_go_box_new(sizeof *l, 8, NULL);
  assert_ptr_equal(l, old);
  __rf_acquire(&l->object);
  assert_false(fake_before(inside));
  __rf_go_box_drop(l);
}

int run_boxes(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_box_is_aligned),
      cmocka_unit_test(a_box_lives_until_its_last_user_is_done),
      cmocka_unit_test(a_goroutine_that_exits_is_done),
      cmocka_unit_test(the_start_is_before_the_block_and_the_end_before_nothing),
      cmocka_unit_test(what_a_box_held_is_forgotten),
  };
  return cmocka_run_group_tests_name("go boxes", tests, count_variables, NULL);
}
