// One page that stands alone: a list with a filter, each report with both stacks side by side, the source
// around them where it is at hand, and the timeline of its threads.
#include "describe.h"
#include "html_page.h"
#include "lint_match.h"
#include "paths.h"
#include "source.h"
#include "timeline.h"
#include "writers.h"

#include <stdlib.h>
#include <string.h>

#define SHOWN_MAX 2000 // browsers do not take much more

static void put(FILE *out, const char *raw) {
  struct buffer b = {0};
  buffer_add_html(&b, raw);
  fputs(buffer_text(&b), out);
  buffer_free(&b);
}

static void put_place(FILE *out, const struct reports *r, const json_t *frame) {
  struct buffer path = {0};
  const long long line = field_number(frame, "line"), column = field_number(frame, "column");
  if (*field_text(frame, "file")) {
    paths_add(&path, r, field_text(frame, "file"));
    put(out, buffer_text(&path));
  }
  if (line)
    fprintf(out, ":%lld", line);
  if (line && column)
    fprintf(out, ":%lld", column);
  buffer_free(&path);
}

static void put_stack(FILE *out, const struct reports *r, const json_t *stack, long long more) {
  if (!json_array_size(stack))
    return;
  fprintf(out, "<ol class=\"stack\" start=\"0\">\n");
  for (size_t i = 0; i < json_array_size(stack); i++) {
    const json_t *f = json_array_get(stack, i);
    const char *function = field_text(f, "function");
    fprintf(out, "<li>");
    put(out, *function ? function : "??");
    fprintf(out, " <span class=\"known\">");
    put_place(out, r, f);
    fprintf(out, "</span></li>\n");
  }
  fprintf(out, "</ol>\n");
  if (more)
    fprintf(out, "<p>%lld more frames</p>\n", more);
}

static void put_source(FILE *out, const struct reports *r, const json_t *frame) {
  struct source_lines s;
  if (!source_read(&s, r, frame))
    return;
  const long here = (long)field_number(frame, "line");
  fprintf(out, "<pre class=\"source\" tabindex=\"0\" aria-label=\"source\">");
  for (size_t i = 0; i < s.count; i++) {
    const long at = s.first + (long)i;
    fprintf(out, "%s%s%5ld  ", at == here ? "<span class=\"here\">" : "", at == here ? "&gt;" : " ", at);
    put(out, s.line[i]);
    fprintf(out, "%s\n", at == here ? "</span>" : "");
  }
  fprintf(out, "</pre>\n");
}

static void put_locks(FILE *out, const struct reports *r, const json_t *part) {
  const json_t *locks = field_list(part, "locks");
  if (!locks)
    return;
  if (!json_array_size(locks))
    fprintf(out, "<p>holding no lock</p>\n");
  for (size_t i = 0; i < json_array_size(locks); i++) {
    const json_t *l = json_array_get(locks, i);
    fprintf(out, "<p>holding ");
    put(out, field_text(l, "kind"));
    fprintf(out, " <code>");
    put(out, *field_text(l, "name") ? field_text(l, "name") : field_text(l, "address"));
    fprintf(out, "</code>%s", json_is_false(json_object_get(l, "exclusive")) ? " for reading" : "");
    if (field_object(l, "taken")) {
      fprintf(out, ", taken at ");
      put_place(out, r, field_object(l, "taken"));
    }
    fprintf(out, "</p>\n");
  }
}

static void put_values(FILE *out, const json_t *access) {
  struct buffer old = {0}, new = {0};
  if (!*field_text(access, "old"))
    return;
  describe_value(&old, access, "old");
  fprintf(out, "<p>value <code>%s</code>", buffer_text(&old));
  if (*field_text(access, "new")) {
    describe_value(&new, access, "new");
    fprintf(out, " becomes <code>%s</code>", buffer_text(&new));
  }
  fprintf(out, "</p>\n");
  buffer_free(&old);
  buffer_free(&new);
}

static void put_part(FILE *out, const struct reports *r, const json_t *report, size_t n) {
  const json_t *part = report_part(report, n);
  struct buffer words = {0};
  describe_part(&words, report, n);
  if (words.len && *words.at >= 'a' && *words.at <= 'z')
    *words.at = (char)(*words.at - 'a' + 'A');
  fprintf(out, "<section>\n<h3>");
  put(out, buffer_text(&words));
  fprintf(out, "</h3>\n");
  put_source(out, r, part_place(report, n));
  put_stack(out, r, field_list(part, "stack"), field_number(part, "more_frames"));
  put_locks(out, r, part);
  put_values(out, part);
  fprintf(out, "</section>\n");
  buffer_free(&words);
}

static void put_field(FILE *out, const json_t *report, const char *name, const char *title) {
  const char *value = field_text(report, name);
  if (!*value)
    return;
  fprintf(out, "<p><b>%s</b> ", title);
  put(out, value);
  fprintf(out, "</p>\n");
}

static void put_lint(FILE *out, const struct reports *r, const struct report *p, const json_t *report) {
  json_t *list = lint_match_list(r, p, report);
  for (size_t i = 0; i < json_array_size(list); i++) {
    struct buffer words = {0};
    lint_match_words(&words, r, json_array_get(list, i));
    fprintf(out, "<p><b>lint already warned:</b> ");
    put(out, buffer_text(&words));
    fprintf(out, "</p>\n");
    buffer_free(&words);
  }
  json_decref(list);
}

static void put_origin(FILE *out, const struct reports *r, const char *before, const json_t *who,
                       const char *between, const json_t *by, const json_t *stack) {
  struct buffer words = {0};
  buffer_add(&words, before);
  if (who)
    describe_thread(&words, who);
  buffer_add(&words, between);
  describe_thread(&words, by);
  fprintf(out, "<section>\n<h3>");
  put(out, buffer_text(&words));
  fprintf(out, "</h3>\n");
  put_stack(out, r, stack, 0);
  fprintf(out, "</section>\n");
  buffer_free(&words);
}

static void put_origins(FILE *out, const struct reports *r, const json_t *report) {
  const json_t *births = field_list(report, "births"), *memory = field_object(report, "memory");
  const json_t *allocation = field_list(memory, "allocation");
  if (!json_array_size(births) && !allocation)
    return;
  fprintf(out, "<div class=\"sides\">\n");
  for (size_t i = 0; i < json_array_size(births); i++) {
    const json_t *b = json_array_get(births, i);
    put_origin(out, r, "Start of ", field_object(b, "thread"), " by ", field_object(b, "parent"),
               field_list(b, "stack"));
  }
  if (allocation)
    put_origin(out, r, "Block allocated", NULL, " by ", field_object(memory, "allocated_by"), allocation);
  fprintf(out, "</div>\n");
}

static void put_words(FILE *out, const struct report *p, const json_t *report) {
  fprintf(out, " data-words=\"%s ", p->id);
  put(out, p->kind);
  for (size_t n = 0; n < report_parts(report) && n < 2; n++) {
    const json_t *stack = field_list(report_part(report, n), "stack");
    for (size_t i = 0; i < json_array_size(stack) && i < 16; i++) {
      putc(' ', out);
      put(out, field_text(json_array_get(stack, i), "function"));
      putc(' ', out);
      put(out, field_text(json_array_get(stack, i), "file"));
    }
  }
  putc(' ', out);
  put(out, field_text(field_object(report, "memory"), "name"));
  putc('"', out);
}

static void put_report(FILE *out, const struct reports *r, const struct report *p) {
  json_t *o = report_parse(p);
  struct buffer title = {0}, place = {0};
  describe_title(&title, o);
  describe_report_place(&place, p);
  fprintf(out, "<article id=\"r-%s\"%s", p->id, p->known ? " data-known=\"1\"" : "");
  put_words(out, p, o);
  fprintf(out, ">\n<details>\n<summary><span class=\"title\" role=\"heading\" aria-level=\"2\">");
  put(out, buffer_text(&title));
  fprintf(out, "</span> <span class=\"meta\"><span class=\"%s\">%s</span> %s, ", p->known ? "known" : "new",
          p->known ? "known" : "new", p->id);
  put(out, buffer_text(&place));
  fprintf(out, ", %llu time%s</span></summary>\n<div class=\"body\">\n", (unsigned long long)p->count,
          p->count == 1 ? "" : "s");
  put_field(out, o, "why", "Why it is a race:");
  put_field(out, o, "mend", "How to mend:");
  put_lint(out, r, p, o);
  fprintf(out, "<div class=\"sides\">\n");
  for (size_t n = 0; n < report_parts(o); n++)
    put_part(out, r, o, n);
  fprintf(out, "</div>\n");
  if (p->is_race)
    timeline_write(out, o);
  put_origins(out, r, o);
  put_field(out, o, "suppress", "Suppress with:");
  fprintf(out, "</div>\n</details>\n</article>\n");
  json_decref(o);
  buffer_free(&title);
  buffer_free(&place);
}

void write_html(FILE *out, const struct reports *r) {
  size_t known = 0;
  for (size_t i = 0; i < r->count; i++)
    known += r->at[i].known;
  fprintf(
      out,
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
      "script-src 'unsafe-inline'\">\n"
      "<title>Redflag: %zu reports</title>\n<style>\n%s</style>\n</head>\n<body>\n<header>\n<h1>Redflag</h1>\n"
      "<p>%zu new and %zu known report%s in %llu process%s",
      r->count, html_style, r->count - known, known, r->count == 1 ? "" : "s", (unsigned long long)r->processes,
      r->processes == 1 ? "" : "es");
  if (r->unfinished)
    fprintf(out, ", %llu of which left no end", (unsigned long long)r->unfinished);
  fprintf(out, ".</p>\n</header>\n<main>\n<div class=\"tools\" role=\"search\">\n"
               "<label for=\"filter\">Filter</label>\n"
               "<input type=\"search\" id=\"filter\" placeholder=\"function, file, kind, id\">\n"
               "<label><input type=\"checkbox\" id=\"fresh\"> only new</label>\n"
               "<button type=\"button\" id=\"open\">open all</button>\n"
               "<button type=\"button\" id=\"close\">close all</button>\n"
               "<output id=\"shown\" for=\"filter fresh\"></output>\n</div>\n");
  for (size_t i = 0; i < r->count && i < SHOWN_MAX; i++)
    put_report(out, r, &r->at[i]);
  if (r->count > SHOWN_MAX)
    fprintf(out,
            "<p>%zu more are not on this page: filter with <code>redflag report convert --file</code> and the "
            "like.</p>\n",
            r->count - SHOWN_MAX);
  fprintf(out, "</main>\n<script>\n%s</script>\n</body>\n</html>\n", html_script);
}
