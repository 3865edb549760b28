// What reports are made of: paths into types, lines of 80 columns, text that steers no terminal.
#include "rf_layout.h"
#include "rf_parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

// struct { int used; struct { int key; void *next; } slot[8]; }
#define TABLE                                                                                                  \
  "\1"                                                                                                         \
  "0\t4\tused\tint\t"                                                                                          \
  "8\t128\tslot\tstruct node[8]\t"                                                                             \
  "\2"                                                                                                         \
  "16\tstruct node\t"                                                                                          \
  "\1"                                                                                                         \
  "0\t4\tkey\tint\t"                                                                                           \
  "8\t8\tnext\tstruct node *\t"                                                                                \
  "\3"                                                                                                         \
  "\3"                                                                                                         \
  "\3"

static char path[128];
static struct rf_layout_part part;

static const char *path_at(const char *layout, uint64_t offset) {
  struct rf_text t = {path, 0, sizeof path};
  path[0] = 0;
  rf_layout_path(layout, offset, &t, &part);
  return path;
}

static void a_byte_has_the_path_of_its_innermost_part(void **unused) {
  (void)unused;
  assert_string_equal(path_at(TABLE, 0), ".used");
  assert_string_equal(part.type, "int");
  assert_string_equal(path_at(TABLE, 8 + 3 * 16 + 8), ".slot[3].next");
  assert_string_equal(part.type, "struct node *");
  assert_int_equal(part.size, 8);
}

static void padding_and_shared_bytes_end_the_path_before(void **unused) {
  (void)unused;
  assert_string_equal(path_at(TABLE, 5), "");
  assert_int_equal(part.size, 0);
  assert_string_equal(path_at(TABLE, 8 + 16 + 5), ".slot[1]"); // between key and next
  assert_string_equal(path_at("\1"
                              "0\t4\twhole\tint\t"
                              "0\t2\thalf\tshort\t"
                              "\3",
                              1),
                      "");
}

static void unnamed_parts_add_nothing(void **unused) {
  (void)unused;
  assert_string_equal(path_at("\1"
                              "0\t4\t\tbase\t"
                              "\1"
                              "0\t4\tn\tint\t"
                              "\3"
                              "\3",
                              0),
                      ".n");
}

static void a_block_is_of_its_array_or_of_its_first_part(void **unused) {
  (void)unused;
  const char array[] = "\2" "8\tstruct p\t\1" "0\t4\tx\tint\t" "4\t4\ty\tint\t" "\3\3";
  const char one[] = "\1" "0\t8\t\tstruct p\t\1" "0\t4\tx\tint\t" "4\t4\ty\tint\t" "\3\3";
  struct rf_layout_part p;
  assert_true(rf_layout_block(array, &p) && rf_layout_is_array(array));
  assert_string_equal(p.type, "struct p");
  assert_int_equal(p.size, 8);
  assert_string_equal(path_at(array, 20), "[2].y");
  assert_true(rf_layout_block(one, &p) && !rf_layout_is_array(one));
  assert_string_equal(p.type, "struct p");
  assert_int_equal(p.size, 8);
  assert_string_equal(path_at(one, 4), ".y");
  assert_string_equal(path_at(one, 20), ""); // behind it
  assert_false(rf_layout_block("void *", &p) || rf_layout_block("", &p));
  assert_int_equal(p.size, 0);
}

static void a_broken_layout_is_read_no_further_than_its_end(void **unused) {
  (void)unused;
  const size_t whole = strlen(TABLE);
  for (size_t n = 0; n < whole; n++) {
    char *cut = malloc(n + 1); // the sanitizers see what is read past it
    memcpy(cut, TABLE, n);
    cut[n] = 0;
    for (uint64_t offset = 0; offset < 140; offset += 7)
      path_at(cut, offset);
    free(cut);
  }
}

static char text[512];
static struct rf_text out;

static struct rf_out *begin(void) {
  static struct rf_out o;
  out = (struct rf_text){text, 0, sizeof text};
  text[0] = 0;
  o = (struct rf_out){&out, NULL};
  return &o;
}

static void paragraphs_have_lines_of_80_columns(void **unused) {
  (void)unused;
  struct rf_out *o = begin();
  for (int i = 0; i < 30; i++)
    rf_put(o, " word");
  rf_fill(o, 0);
  assert_int_equal(strcspn(text, "\n"), 80);
  assert_int_equal(strspn(strchr(text, '\n') + 1, " "), 4);
}

static void names_and_places_are_not_broken(void **unused) {
  (void)unused;
  struct rf_out *o = begin();
  for (int i = 0; i < 15; i++)
    rf_put(o, "word ");
  rf_put(o, "`a + b` and");
  rf_fill(o, 0);
  assert_non_null(strstr(text, "\n    `a + b` and"));
}

static const char *shown(const char *s) {
  rf_put_text(begin(), s);
  return text;
}

static void text_of_the_program_steers_no_terminal(void **unused) {
  (void)unused;
  assert_string_equal(shown("a\033[31mb\nc\x7f"), "a?[31mb?c?");
  assert_string_equal(shown("\xc2\x9b"
                            "31m"),
                      "?31m"); // CSI of one character
  assert_string_equal(shown("\xe2\x80\xae"
                            "cba"),
                      "?cba"); // right-to-left override
  assert_string_equal(shown("\x9b"
                            "31m\xe2\x80"),
                      "?31m??"); // no UTF-8
  assert_string_equal(shown("gr\xc3\xb6\xc3\x9f"
                            "e \xe2\x82\xac"),
                      "gr\xc3\xb6\xc3\x9f"
                      "e \xe2\x82\xac");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_byte_has_the_path_of_its_innermost_part),
      cmocka_unit_test(padding_and_shared_bytes_end_the_path_before),
      cmocka_unit_test(unnamed_parts_add_nothing),
      cmocka_unit_test(a_block_is_of_its_array_or_of_its_first_part),
      cmocka_unit_test(a_broken_layout_is_read_no_further_than_its_end),
      cmocka_unit_test(paragraphs_have_lines_of_80_columns),
      cmocka_unit_test(names_and_places_are_not_broken),
      cmocka_unit_test(text_of_the_program_steers_no_terminal),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
