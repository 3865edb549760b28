#include "lint_match.h"

#include "describe.h"
#include "paths.h"

#include <stdlib.h>
#include <string.h>

// Lint and the program may have been given other names of the same file.
static bool same_file(const struct reports *r, const char *a, const char *b) {
  struct buffer one = {0}, two = {0};
  paths_add(&one, r, a);
  paths_add(&two, r, b);
  const bool same = one.len && strcmp(buffer_text(&one), buffer_text(&two)) == 0;
  buffer_free(&one);
  buffer_free(&two);
  return same;
}

static bool is_about(const struct reports *r, const json_t *finding, const json_t *report) {
  const char *function = field_text(finding, "function");
  for (size_t n = 0; n < report_parts(report); n++) {
    const json_t *frame = part_place(report, n);
    const bool here = field_number(frame, "line") == field_number(finding, "line") ||
                      (*function && strcmp(field_text(frame, "function"), function) == 0);
    if (frame && here && same_file(r, field_text(frame, "file"), field_text(finding, "file")))
      return true;
  }
  return false;
}

static void add_match(json_t *list, const json_t *from) {
  json_t *match = json_pack("{s:s,s:s,s:I}", "check", field_text(from, "check"), "file", field_text(from, "file"), "line",
                            (json_int_t)field_number(from, "line"));
  bool known = !match || !*field_text(from, "check"); // a merged file may hold anything
  for (size_t i = 0; i < json_array_size(list); i++)
    known |= json_equal(json_array_get(list, i), match);
  if (!known)
    json_array_append(list, match);
  json_decref(match);
}

json_t *lint_match_list(const struct reports *r, const struct report *p, const json_t *report) {
  json_t *list = json_array();
  const json_t *merged = field_list(report, "lint");
  for (size_t i = 0; p->is_race && i < json_array_size(r->lint); i++)
    if (is_about(r, json_array_get(r->lint, i), report))
      add_match(list, json_array_get(r->lint, i));
  for (size_t i = 0; p->is_race && i < json_array_size(merged); i++)
    add_match(list, json_array_get(merged, i));
  return list;
}

void lint_match_words(struct buffer *b, const struct reports *r, const json_t *match) {
  struct buffer path = {0};
  paths_add(&path, r, field_text(match, "file"));
  buffer_printf(b, "%s at %s:%lld", field_text(match, "check"), buffer_text(&path), field_number(match, "line"));
  buffer_free(&path);
}

void lint_match_add(struct buffer *b, const struct reports *r, const struct report *p, const json_t *report,
                    const char *indent) {
  json_t *list = lint_match_list(r, p, report);
  for (size_t i = 0; i < json_array_size(list); i++) {
    struct buffer raw = {0};
    buffer_printf(&raw, "%slint already warned: ", indent);
    lint_match_words(&raw, r, json_array_get(list, i));
    buffer_add_plain(b, buffer_text(&raw), false);
    buffer_add(b, "\n");
    buffer_free(&raw);
  }
  json_decref(list);
}
