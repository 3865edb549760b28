// Pools, groups, panics, timers and contexts do what Go's do.
#include "go_heap.h"
#include "go_tests.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

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

// ---- Timers ------------------------------------------------------------------------------------------------
static unsigned chance(void) {
  static uint32_t x = 1;
  return (x = x * 1664525u + 1013904223u) >> 16;
}

static void the_heap_knows_the_least(void **state) {
  enum { N = 300 };
  static struct go_heap_entry entries[N];
  struct go_heap heap = {0};
  bool in[N] = {false};
  for (int round = 0; round < 20000; round++) {
    int i = (int)(chance() % N);
    if (in[i])
      rf_go_heap_remove(&heap, &entries[i]);
    else
      entries[i].when = chance() % 100, rf_go_heap_add(&heap, &entries[i]);
    in[i] = !in[i];
    int64_t least = INT64_MAX;
    for (int k = 0; k < N; k++)
      if (in[k] && entries[k].when < least)
        least = entries[k].when;
    struct go_heap_entry *first = rf_go_heap_first(&heap);
    assert_int_equal(first ? first->when : INT64_MAX, least);
  }
}

static void timers_do_not_fire_early(void **state) {
  enum { N = 200 };
  chan(int64_t) c[N];
  int64_t start = go_now();
  for (int i = 0; i < N; i++) {
    c[i] = go_make(int64_t, 1);
    go_after(c[i], (i * 37 % N) * GO_MILLISECOND / 4);
  }
  for (int due = 0; due < N; due++) {
    int i = 0;
    while (i * 37 % N != due)
      i++;
    int64_t at = go_recv(c[i]);
    assert_true(at >= start + due * GO_MILLISECOND / 4);
    go_free(c[i]);
  }
}

static int calls;
static void count_call(void *p) { go_add(&calls, 1); }

static void a_stopped_timer_does_not_fire(void **state) {
  enum { N = 300 };
  go_timer timers[N], none = {0};
  uint64_t before = go_num();
  for (int i = 0; i < N; i++)
    timers[i] = go_after_func((50 + i % 7) * GO_MILLISECOND, count_call, NULL);
  assert_int_equal(go_num(), before);
  int stopped = 0;
  for (int i = 0; i < N; i += 2)
    stopped += go_timer_stop(timers[i]);
  assert_int_equal(stopped, N / 2);
  for (int i = 0; i < N; i += 2)
    assert_false(go_timer_stop(timers[i]));
  while (go_load(&calls) < N / 2)
    go_sleep(GO_MILLISECOND);
  go_sleep(50 * GO_MILLISECOND);
  assert_int_equal(go_load(&calls), N / 2);
  for (int i = 0; i < N; i++)
    assert_false(go_timer_stop(timers[i]));
  assert_false(go_timer_stop(none));
}

static void ticks_that_find_no_room_are_dropped(void **state) {
  chan(int64_t) c = go_make(int64_t, 1);
  go_timer t = go_ticker(c, 5 * GO_MILLISECOND);
  int64_t first = go_recv(c), second = go_recv(c);
  assert_true(second > first);
  while (go_len(c) == 0)
    go_sleep(GO_MILLISECOND);
  go_sleep(50 * GO_MILLISECOND); // more ticks
  assert_int_equal(go_len(c), 1);
  assert_true(go_timer_stop(t));
  assert_false(go_timer_stop(t));
  go_recv(c);
  go_sleep(20 * GO_MILLISECOND);
  assert_int_equal(go_len(c), 0);
  go_free(c);
}

static void the_shortest_period_can_be_stopped(void **state) {
  chan(int64_t) c = go_make(int64_t, 1);
  go_timer t = go_ticker(c, 1);
  for (int64_t last = 0, i = 0; i < 100; i++) {
    int64_t at = go_recv(c);
    assert_true(at > last);
    last = at;
  }
  assert_true(go_timer_stop(t));
  go_free(c);
}

static int arm_and_stop(void *p) {
  chan(int64_t) c = go_make(int64_t, 1);
  for (int i = 0; i < 2000; i++) {
    go_timer t = go_after(c, i % 3 ? GO_SECOND : 0);
    bool stopped = go_timer_stop(t);
    int64_t v;
    if (go_select(GO_RECV(c, &v), GO_DEFAULT) == 0 && stopped)
      return EINVAL;
  }
  go_free(c);
  return 0;
}

static void arming_and_stopping_go_together(void **state) {
  go_group group = {0};
  for (int i = 0; i < 4; i++)
    go_group_go(&group, arm_and_stop, NULL);
  assert_int_equal(go_group_wait(&group), 0);
}

// All that was due before has fired.
static void let_timers_fire(void) {
  chan(int64_t) c = go_make(int64_t, 1);
  go_after(c, GO_MILLISECOND);
  go_recv(c);
  go_free(c);
}

static void a_timer_may_find_nobody(void **state) {
  chan(int64_t) c = go_make(int64_t, 0);
  go_timer t = go_after(c, 0);
  go_after(NULL, 0);
  let_timers_fire();
  assert_false(go_timer_stop(t));
  go_close(c);
  t = go_after(c, 0);
  let_timers_fire();
  assert_false(go_timer_stop(t));
  go_free(c);
}

static void no_timer_is_armed_in_a_forked_child(void **state) {
  chan(int64_t) c = go_make(int64_t, 1);
  go_timer t = go_ticker(c, 10 * GO_MILLISECOND);
  pid_t child = fork();
  if (child == 0) {
    bool stopped = go_timer_stop(t);
    chan(int64_t) d = go_make(int64_t, 1);
    go_after(d, GO_MILLISECOND);
    go_recv(d);
    _exit(stopped);
  }
  int status = -1;
  waitpid(child, &status, 0);
  assert_int_equal(status, 0);
  assert_true(go_timer_stop(t));
  go_free(c);
}

// ---- Contexts ----------------------------------------------------------------------------------------------
static bool has_ended(go_ctx *c, int err) {
  bool closed = go_select(GO_RECV(go_ctx_done(c), NULL), GO_DEFAULT) == 0;
  return closed && go_ctx_err(c) == err;
}

static bool goes_on(go_ctx *c) {
  return go_select(GO_RECV(go_ctx_done(c), NULL), GO_DEFAULT) == 1 && go_ctx_err(c) == 0;
}

static void cancel_ends_all_below_and_nothing_else(void **state) {
  go_ctx *root = go_ctx_with_cancel(go_ctx_background());
  go_ctx *left = go_ctx_with_cancel(root), *right = go_ctx_with_timeout(root, GO_MINUTE);
  go_ctx *a = go_ctx_with_timeout(left, GO_MINUTE), *b = go_ctx_with_cancel(left);
  go_ctx_cancel(b);
  assert_true(has_ended(b, ECANCELED) && goes_on(a) && goes_on(left) && goes_on(right) && goes_on(root));
  go_ctx_cancel(left);
  go_ctx_cancel(left);
  assert_true(has_ended(left, ECANCELED) && has_ended(a, ECANCELED) && goes_on(right) && goes_on(root));
  go_ctx *late = go_ctx_with_timeout(a, GO_MINUTE);
  assert_true(has_ended(late, ECANCELED));
  go_ctx_free(root); // its children go on to be ours
  assert_true(has_ended(right, ECANCELED));
  go_ctx_free(left);
  go_ctx_free(right);
  go_ctx_free(a);
  go_ctx_free(b);
  go_ctx_free(late);
  go_ctx_free(NULL);
}

static void a_timeout_ends_all_below(void **state) {
  go_ctx *c = go_ctx_with_timeout(go_ctx_background(), 20 * GO_MILLISECOND);
  go_ctx *below = go_ctx_with_cancel(c), *longer = go_ctx_with_timeout(below, GO_MINUTE);
  go_ctx *never = go_ctx_with_timeout(go_ctx_background(), 0);
  assert_true(has_ended(never, ETIMEDOUT));
  assert_true(goes_on(longer));
  go_recv(go_ctx_done(longer));
  assert_true(has_ended(longer, ETIMEDOUT) && has_ended(below, ETIMEDOUT) && has_ended(c, ETIMEDOUT));
  go_ctx_cancel(c);
  assert_true(has_ended(c, ETIMEDOUT));
  go_ctx_free(c);
  go_ctx_free(longer);
  go_ctx_free(below);
  go_ctx_free(never);
}

static void the_background_goes_on(void **state) {
  go_ctx_cancel(go_ctx_background());
  go_ctx_free(go_ctx_background());
  assert_true(goes_on(go_ctx_background()));
}

static void from_nil(void *p) { go_ctx_with_cancel(NULL); }

static void a_context_needs_a_parent(void **state) {
  assert_string_equal(go_try(from_nil, NULL), "cannot create context from nil parent");
}

static void a_deep_tree_ends(void **state) {
  enum { DEPTH = 20000 };
  static go_ctx *c[DEPTH];
  c[0] = go_ctx_with_cancel(go_ctx_background());
  for (int i = 1; i < DEPTH; i++)
    c[i] = go_ctx_with_cancel(c[i - 1]);
  go_ctx_cancel(c[0]);
  for (int i = 0; i < DEPTH; i++) {
    assert_int_equal(go_ctx_err(c[i]), ECANCELED);
    go_ctx_free(c[i]);
  }
}

static int wait_for_end(void *p) {
  go_recv(go_ctx_done(p));
  return go_ctx_err(p);
}

static int race_with_timeout(void *p) {
  for (int i = 0; i < 300; i++) {
    go_ctx *c = go_ctx_with_timeout(p, i % 5 * 20 * GO_MICROSECOND);
    go_ctx *below = go_ctx_with_timeout(c, 30 * GO_MICROSECOND);
    go_group group = {0};
    go_group_go(&group, wait_for_end, below);
    go_group_go(&group, wait_for_end, c);
    if (i % 2)
      go_ctx_cancel(c);
    int err = go_group_wait(&group);
    if (err != ETIMEDOUT && err != ECANCELED)
      return EINVAL;
    go_ctx_free(c);
    go_ctx_free(below);
  }
  return 0;
}

static void cancels_and_timeouts_go_together(void **state) {
  go_ctx *root = go_ctx_with_cancel(go_ctx_background());
  go_group group = {0};
  for (int i = 0; i < 3; i++)
    go_group_go(&group, race_with_timeout, root);
  assert_int_equal(go_group_wait(&group), 0);
  go_ctx_free(root);
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
      cmocka_unit_test(the_heap_knows_the_least),
      cmocka_unit_test(timers_do_not_fire_early),
      cmocka_unit_test(a_stopped_timer_does_not_fire),
      cmocka_unit_test(ticks_that_find_no_room_are_dropped),
      cmocka_unit_test(the_shortest_period_can_be_stopped),
      cmocka_unit_test(arming_and_stopping_go_together),
      cmocka_unit_test(a_timer_may_find_nobody),
#ifndef GO_THREAD_SANITIZED // as a_child_of_fork_starts_goroutines_of_its_own
      cmocka_unit_test(no_timer_is_armed_in_a_forked_child),
#endif
      cmocka_unit_test(cancel_ends_all_below_and_nothing_else),
      cmocka_unit_test(a_timeout_ends_all_below),
      cmocka_unit_test(the_background_goes_on),
      cmocka_unit_test(a_context_needs_a_parent),
      cmocka_unit_test(a_deep_tree_ends),
      cmocka_unit_test(cancels_and_timeouts_go_together),
  };
  return cmocka_run_group_tests_name("go tasks", tests, NULL, NULL);
}
