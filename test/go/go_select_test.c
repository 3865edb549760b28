// Select chooses one case that can go on, and only that one happens.
#include "go_tests.h"

static void takes_the_ready_case(void **state) {
  chan(int) a = go_make(int, 1);
  chan(int) b = go_make(int, 1);
  int v = 0, w = 42;
  go_send(b, 7);
  assert_int_equal(go_select(GO_RECV(a, &v), GO_RECV(b, &v)), 1);
  assert_int_equal(v, 7);
  assert_int_equal(go_select(GO_RECV(b, &v), GO_SEND(a, &w)), 1);
  assert_int_equal(go_recv(a), 42);
  go_free(a);
  go_free(b);
}

static void default_and_timeout(void **state) {
  chan(int) c = go_make(int, 0);
  int v;
  assert_int_equal(go_select(GO_RECV(c, &v), GO_DEFAULT), 1);
  int64_t before = go_now();
  assert_int_equal(go_select(GO_TIMEOUT(10 * GO_MILLISECOND), GO_RECV(c, &v)), 0);
  assert_true(go_now() - before >= 10 * GO_MILLISECOND);
  assert_int_equal(go_select(GO_RECV((chan(int))NULL, &v), GO_DEFAULT), 1);
  go_free(c);
}

static void closed_is_ready(void **state) {
  chan(int) c = go_make(int, 0);
  int v = 5;
  bool ok = true;
  go_close(c);
  assert_int_equal(go_select(GO_RECV2(c, &v, &ok), GO_DEFAULT), 0);
  assert_int_equal(v, 0);
  assert_false(ok);
  go_free(c);
}

struct pair {
  chan(int) a, b, out;
  go_wg wg;
  int64_t sum;
};

static void feed(void *p) {
  struct pair *s = p;
  for (int i = 1; i <= 2000; i++)
    go_select(GO_SEND(s->a, &i), GO_SEND(s->b, &i));
  go_wg_done(&s->wg);
}

static void drain(void *p) {
  struct pair *s = p;
  int v = 0, w = 0;
  for (int i = 1; i <= 2000; i++)
    go_add(&s->sum, go_select(GO_RECV(s->a, &v), GO_RECV(s->b, &w)) == 0 ? v : w);
  go_wg_done(&s->wg);
}

static void select_against_select(int cap) {
  struct pair s = {go_make(int, cap), go_make(int, cap), NULL, {0}, 0};
  go_wg_add(&s.wg, 6);
  for (int i = 0; i < 3; i++) {
    go_func(feed, &s);
    go_func(drain, &s);
  }
  go_wg_wait(&s.wg);
  assert_int_equal(s.sum, 3 * 2001000);
  go_free(s.a);
  go_free(s.b);
}

static void selects_meet_and_lose_nothing(void **state) {
  select_against_select(0);
  select_against_select(1);
  select_against_select(3);
}

static void slow_sender(void *p) {
  struct pair *s = p;
  for (int i = 0; i < 300; i++) {
    go_sleep(200 * GO_MICROSECOND);
    go_send(s->a, 1);
  }
  go_close(s->a);
}

static void timeouts_race_with_senders(void **state) {
  struct pair s = {go_make(int, 0), NULL, NULL, {0}, 0};
  bool ok = true;
  int v, got = 0;
  go_func(slow_sender, &s);
  while (ok)
    if (go_select(GO_RECV2(s.a, &v, &ok), GO_TIMEOUT(200 * GO_MICROSECOND)) == 0 && ok)
      got += v;
  assert_int_equal(got, 300);
  go_free(s.a);
}

int run_select_tests(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(takes_the_ready_case),
      cmocka_unit_test(default_and_timeout),
      cmocka_unit_test(closed_is_ready),
      cmocka_unit_test(selects_meet_and_lose_nothing),
      cmocka_unit_test(timeouts_race_with_senders),
  };
  return cmocka_run_group_tests_name("go select", tests, NULL, NULL);
}
