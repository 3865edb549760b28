#include "lint_match.h"

#include "describe.h"
#include "paths.h"

#include <stdlib.h>
#include <string.h>

static const char lint_kind[] = "lint: ";

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

static bool is_about(const struct reports *r, const struct report *finding, const json_t *report) {
  for (size_t n = 0; n < report_parts(report); n++) {
    const json_t *frame = part_place(report, n);
    const bool line = field_number(frame, "line") == finding->line;
    const bool function = *finding->function && strcmp(field_text(frame, "function"), finding->function) == 0;
    if (frame && (line || function) && same_file(r, field_text(frame, "file"), finding->file))
      return true;
  }
  return false;
}

void lint_match_add(struct buffer *b, const struct reports *r, const struct report *p, const json_t *report,
                    const char *indent) {
  if (!p->is_race)
    return;
  for (size_t i = 0; i < r->count; i++) {
    const struct report *f = &r->at[i];
    if (strncmp(f->kind, lint_kind, sizeof lint_kind - 1) != 0 || !*f->file || !is_about(r, f, report))
      continue;
    struct buffer raw = {0}, path = {0};
    char *check = checked_copy(f->kind + sizeof lint_kind - 1);
    for (char *c = check; *c; c++)
      if (*c == ' ')
        *c = '-';
    paths_add(&path, r, f->file);
    buffer_printf(&raw, "%slint already warned: %s at %s:%ld", indent, check, buffer_text(&path), f->line);
    buffer_add_plain(b, buffer_text(&raw), false);
    buffer_add(b, "\n");
    free(check);
    buffer_free(&raw);
    buffer_free(&path);
  }
}
