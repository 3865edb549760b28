// Pools, groups and panics do what Go's do.
#include "go_tests.h"

#include <errno.h>

// ---- Pool --------------------------------------------------------------------------------------------------
static int made;

static void *make_one(void) {
  made++;
  return &made;
}

static void pool_gives_back_what_was_put(void **state) {
  go_pool pool = {0};
  int items[100];
  assert_null(go_pool_get(&pool));
  go_pool_put(&pool, NULL);
  assert_null(go_pool_get(&pool));
  for (int i = 0; i < 100; i++)
    go_pool_put(&pool, &items[i]);
  for (int i = 100; i-- > 0;)
    assert_ptr_equal(go_pool_get(&pool), &items[i]);
  pool.make = make_one;
  assert_ptr_equal(go_pool_get(&pool), &made);
  assert_int_equal(made, 1);
}

#define TOKENS 8
static int use_tokens(void *p) {
  go_pool *pool = p;
  for (int i = 0; i < 2000; i++) {
    int *token = go_pool_get(pool);
    if (token && go_add(token, 1) != 1)
      return EBUSY; // somebody else has it
    if (token)
      go_add(token, -1);
    go_pool_put(pool, token);
  }
  return 0;
}

static void an_item_is_with_one_goroutine_at_a_time(void **state) {
  go_pool pool = {0};
  go_group group = {0};
  int tokens[TOKENS] = {0};
  for (int i = 0; i < TOKENS; i++)
    go_pool_put(&pool, &tokens[i]);
  for (int i = 0; i < 4; i++)
    go_group_go(&group, use_tokens, &pool);
  assert_int_equal(go_group_wait(&group), 0);
  int left = 0;
  while (go_pool_get(&pool))
    left++;
  assert_int_equal(left, TOKENS);
}

// ---- Group -------------------------------------------------------------------------------------------------
static int fail_late(void *p) {
  go_sleep(50 * GO_MILLISECOND);
  return EIO;
}

static int fail_soon(void *p) { return ENOENT; }
static int succeed(void *p) { return 0; }

static void the_first_error_wins(void **state) {
  go_group group = {0};
  assert_int_equal(go_group_wait(&group), 0);
  go_group_go(&group, fail_late, NULL);
  go_group_go(&group, succeed, NULL);
  go_group_go(&group, fail_soon, NULL);
  assert_int_equal(go_group_wait(&group), ENOENT);
}

static int inside, most;

static int count_inside(void *p) {
  int now = go_add(&inside, 1);
  for (int seen = go_load(&most); now > seen && !go_cas(&most, seen, now); seen = go_load(&most))
    ;
  go_sleep(GO_MILLISECOND);
  go_add(&inside, -1);
  return 0;
}

static void the_limit_holds(void **state) {
  go_group group = {0};
  go_group_limit(&group, 3);
  for (int i = 0; i < 60; i++)
    go_group_go(&group, count_inside, NULL);
  assert_int_equal(go_group_wait(&group), 0);
  assert_int_equal(most, 3);
  go_group_limit(&group, 0);
  for (int i = 0; i < 20; i++)
    go_group_go(&group, count_inside, NULL);
  go_group_wait(&group);
  assert_true(most > 3);
}

// ---- Panic -------------------------------------------------------------------------------------------------
static void panic_with(void *p) { go_panic("bad: %s", (const char *)p); }
static void do_nothing(void *p) {}
static void close_twice(void *p) {
  chan(int) c = p;
  go_close(c);
  go_close(c);
}

static void rethrow(void *p) {
  const char *message = go_try(panic_with, p);
  go_panic("again %s", message);
}

static void rethrow_same(void *p) { go_panic("%s", go_try(panic_with, p)); }

static void try_returns_the_message(void **state) {
  chan(int) c = go_make(int, 0);
  volatile int kept = 5; // lives in this frame across the jumps
  assert_null(go_try(do_nothing, NULL));
  assert_string_equal(go_try(panic_with, "x"), "bad: x");
  assert_string_equal(go_try(rethrow, "y"), "again bad: y");
  assert_string_equal(go_try(rethrow_same, "z"), "bad: z");
  assert_string_equal(go_try(close_twice, c), "close of closed channel");
  assert_null(go_try(do_nothing, NULL));
  assert_int_equal(kept, 5);
  go_free(c);
}

static int catch_many(void *p) {
  char *name = p;
  for (int i = 0; i < 1000; i++) {
    const char *message = go_try(panic_with, name);
    if (!message || message[5] != name[0])
      return EINVAL;
  }
  return 0;
}

static void goroutines_panic_each_for_themselves(void **state) {
  go_group group = {0};
  go_group_go(&group, catch_many, "a");
  go_group_go(&group, catch_many, "b");
  go_group_go(&group, catch_many, "c");
  assert_int_equal(go_group_wait(&group), 0);
}

static void do_once_and_panic(void *p) { go_once_do(p, panic_with, "once"); }

static void a_once_that_panics_is_done(void **state) {
  go_once once = {0};
  assert_string_equal(go_try(do_once_and_panic, &once), "bad: once");
  go_once_do(&once, panic_with, "twice");
}

int run_task_tests(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pool_gives_back_what_was_put),
      cmocka_unit_test(an_item_is_with_one_goroutine_at_a_time),
      cmocka_unit_test(the_first_error_wins),
      cmocka_unit_test(the_limit_holds),
      cmocka_unit_test(try_returns_the_message),
      cmocka_unit_test(goroutines_panic_each_for_themselves),
      cmocka_unit_test(a_once_that_panics_is_done),
  };
  return cmocka_run_group_tests_name("go tasks", tests, NULL, NULL);
}
