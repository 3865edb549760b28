// For people: each report as the runtime wrote it, and one line each.
#include "describe.h"
#include "lint_match.h"
#include "writers.h"

#include <stdlib.h>
#include <string.h>

static void add_text(struct buffer *b, const json_t *o, const struct report *p) {
  const char *text = field_text(o, "text");
  if (*text) {
    buffer_add_plain(b, text, true);
    while (b->len && b->at[b->len - 1] == '\n')
      b->at[--b->len] = 0;
    buffer_add(b, "\n");
    return;
  }
  struct buffer line = {0};
  buffer_printf(&line, "Redflag: %s ", p->kind);
  describe_report_place(&line, p);
  buffer_add_plain(b, buffer_text(&line), false);
  buffer_printf(b, "\n  id: %s\n", p->id);
  buffer_free(&line);
}

void write_text(FILE *out, const struct reports *r) {
  for (size_t i = 0; i < r->count; i++) {
    const struct report *p = &r->at[i];
    struct buffer b = {0};
    json_t *o = report_parse(p);
    add_text(&b, o, p);
    lint_match_add(&b, r, p, o, "  ");
    if (p->count > 1 || p->known)
      buffer_printf(&b, "  (reported %llu time%s%s)\n", (unsigned long long)p->count, p->count == 1 ? "" : "s",
                    p->known ? ", known to the baseline" : "");
    fprintf(out, "%s\n", buffer_text(&b));
    json_decref(o);
    buffer_free(&b);
  }
}

void write_list(FILE *out, const struct reports *r) {
  for (size_t i = 0; i < r->count; i++) {
    const struct report *p = &r->at[i];
    struct buffer raw = {0}, b = {0};
    buffer_printf(&raw, "%s  %s  ", p->id, p->kind);
    describe_report_place(&raw, p);
    buffer_add_plain(&b, buffer_text(&raw), false);
    fprintf(out, "%s  (%llu)%s\n", buffer_text(&b), (unsigned long long)p->count, p->known ? " known" : "");
    buffer_free(&raw);
    buffer_free(&b);
  }
}
