// What users write: options and suppressions, right and wrong.
#include "rf_mem.h"
#include "rf_options.h"
#include "rf_pattern.h"
#include "rf_suppress.h"
#include "fake_host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char error[256];

static void options_of_each_type_are_taken(void **unused) {
  (void)unused;
  assert_int_equal(rf_options_parse("exitcode=7:halt_on_error=yes,log_path='a b' color=\"never\"", error, sizeof error), 0);
  assert_int_equal(rf_options.exitcode, 7);
  assert_int_equal(rf_options.halt_on_error, 1);
  assert_string_equal(rf_options.log_path, "a b");
  assert_string_equal(rf_options.color, "never");
  assert_int_equal(rf_options_parse("", error, sizeof error), 0);
  assert_int_equal(rf_options_parse("::exitcode=-1::", error, sizeof error), 0);
  assert_int_equal(rf_options.exitcode, -1);
}
static void wrong_options_are_named(void **unused) {
  (void)unused;
  static const char *const wrong[][2] = {
      {"exitcod=1", "unknown option 'exitcod'"}, {"exitcode", "needs '=value'"},     {"exitcode=x", "takes a number"},
      {"exitcode=99999999999", "takes a number"}, {"halt_on_error=2", "takes 0 or 1"}, {"=", "unknown option ''"}};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    assert_int_equal(rf_options_parse(wrong[i][0], error, sizeof error), -1);
    assert_non_null(strstr(error, wrong[i][1]));
    assert_null(strchr(error, '\n'));
  }
}

static uint32_t parse(struct rf_suppressions *s, const char *text) {
  static char copy[1024];
  memset(s, 0, sizeof *s);
  strcpy(copy, text);
  return rf_suppressions_parse(s, copy, strlen(copy));
}
static void suppressions_of_every_kind_are_taken(void **unused) {
  (void)unused;
  static struct rf_suppressions s;
  assert_int_equal(parse(&s, "# all kinds\nrace:a\nrace_top:b\r\n\n mutex:c \nthread:d\nsignal:e\ndeadlock:f\ncalled_from_lib:g"), 0);
  assert_int_equal(s.count, 7);
  assert_string_equal(s.row[1].pattern, "b");
  assert_string_equal(s.row[2].pattern, "c");
  assert_int_equal(s.row[6].kind, RF_SUPPRESS_CALLED_FROM_LIB);
}
static void the_first_wrong_line_is_named(void **unused) {
  (void)unused;
  static struct rf_suppressions s;
  assert_int_equal(parse(&s, "race:a\nrase:b\n"), 2);
  assert_int_equal(parse(&s, "race:\n"), 1);
  assert_int_equal(parse(&s, "#\n\nrace\n"), 3);
}
static void patterns_match_as_in_thread_sanitizer(void **unused) {
  (void)unused;
  static const struct {
    const char *pattern, *text;
    bool match;
  } rows[] = {{"foo", "xfooy", true},   {"^foo", "xfoo", false}, {"foo$", "xfoo", true},    {"^foo$", "foo", true},
              {"^f*o$", "fxxo", true},  {"a*c*e", "xabcdef", true}, {"a*c$", "abcd", false}, {"*", "", true},
              {"^foo$", "fooo", false}, {"foo", "fo", false}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    assert_int_equal(rf_pattern_match(rows[i].pattern, rows[i].text), rows[i].match);
}

static void nothing_on_race(const struct rf_race *r) { (void)r; }

int main(void) {
  static struct rf_thread main_thread;
  fake_host_start(&main_thread, nothing_on_race); // memory for copied values
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(options_of_each_type_are_taken),
      cmocka_unit_test(wrong_options_are_named),
      cmocka_unit_test(suppressions_of_every_kind_are_taken),
      cmocka_unit_test(the_first_wrong_line_is_named),
      cmocka_unit_test(patterns_match_as_in_thread_sanitizer),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
