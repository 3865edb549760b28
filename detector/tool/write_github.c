// Workflow commands of GitHub Actions: an annotation at each side of each report.
#include "describe.h"
#include "paths.h"
#include "writers.h"

#include <string.h>

// Values end at a line's end, properties at a comma or colon besides.
static void put(FILE *out, const char *raw, bool property) {
  struct buffer plain = {0};
  buffer_add_plain(&plain, raw, true);
  for (const char *c = buffer_text(&plain); *c; c++)
    if (*c == '%' || *c == '\n' || (property && (*c == ':' || *c == ',')))
      fprintf(out, "%%%02X", (unsigned char)*c);
    else
      putc(*c, out);
  buffer_free(&plain);
}

static void put_annotation(FILE *out, const struct reports *r, const struct report *p, const json_t *frame,
                           const char *level, const char *words) {
  struct buffer path = {0};
  const long long column = field_number(frame, "column");
  fprintf(out, "::%s ", level);
  if (field_number(frame, "line") && *field_text(frame, "file")) {
    paths_add(&path, r, field_text(frame, "file"));
    fprintf(out, "file=");
    put(out, buffer_text(&path), true);
    fprintf(out, ",line=%lld,", field_number(frame, "line"));
    if (column)
      fprintf(out, "col=%lld,", column);
  }
  fprintf(out, "title=");
  put(out, p->kind, true);
  fprintf(out, " (%s)::", p->id);
  put(out, words, false);
  fprintf(out, "\n");
  buffer_free(&path);
}

void write_github(FILE *out, const struct reports *r) {
  for (size_t i = 0; i < r->count; i++) {
    const struct report *p = &r->at[i];
    struct buffer words = {0};
    json_t *o = report_parse(p);
    describe_title(&words, o);
    for (size_t n = 0; n < report_parts(o) && n < 2; n++) {
      buffer_add(&words, "\n");
      describe_part(&words, o, n);
      if (part_place(o, n))
        buffer_add(&words, " at ");
      describe_place(&words, part_place(o, n));
    }
    if (*field_text(o, "mend"))
      buffer_printf(&words, "\nHow to mend: %s", field_text(o, "mend"));
    put_annotation(out, r, p, part_place(o, 0), p->known ? "notice" : "error", buffer_text(&words));
    const json_t *other = part_place(o, 1);
    if (p->is_race && other && !json_equal(other, part_place(o, 0)))
      put_annotation(out, r, p, other, "notice", "the other side of this race");
    json_decref(o);
    buffer_free(&words);
  }
}
