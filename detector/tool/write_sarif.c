// SARIF 2.1.0 (OASIS): one result per report, both accesses as locations and as the two flows of one code flow.
#include "describe.h"
#include "lint_match.h"
#include "paths.h"
#include "writers.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA_URI "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

static json_t *text_of(struct buffer *b) {
  json_t *s = json_string(buffer_text(b));
  buffer_free(b);
  return s ? s : json_string("");
}

static json_t *message(const char *text) { return json_pack("{s:s}", "text", text); }

// "data race" -> "data-race", "lint: copied lock" -> "lint-copied-lock"
static json_t *rule_id(const char *kind) {
  struct buffer b = {0};
  for (; *kind; kind++)
    if (isalnum((unsigned char)*kind))
      buffer_add_n(&b, (char[]){(char)tolower((unsigned char)*kind)}, 1);
    else if (!b.len || b.at[b.len - 1] != '-')
      buffer_add(&b, "-");
  return text_of(&b);
}

// ---- Places ----

static json_t *artifact(const struct reports *r, const char *file) {
  struct buffer path = {0}, uri = {0};
  const bool relative = paths_add(&path, r, file);
  buffer_add(&uri, *buffer_text(&path) == '/' ? "file://" : "");
  buffer_add_uri(&uri, buffer_text(&path));
  json_t *o = json_pack("{s:s}", "uri", buffer_text(&uri));
  if (relative)
    json_object_set_new(o, "uriBaseId", json_string("SRCROOT"));
  buffer_free(&path);
  buffer_free(&uri);
  return o;
}

// frame may be NULL or without a line; what: the message, NULL: none.
static json_t *location(const struct reports *r, const json_t *frame, const char *what) {
  json_t *o = json_object();
  const long long line = field_number(frame, "line"), column = field_number(frame, "column");
  const char *function = field_text(frame, "function");
  if (line && *field_text(frame, "file")) {
    json_t *region = json_pack("{s:I}", "startLine", (json_int_t)line);
    if (column)
      json_object_set_new(region, "startColumn", json_integer(column));
    json_object_set_new(
        o, "physicalLocation",
        json_pack("{s:o,s:o}", "artifactLocation", artifact(r, field_text(frame, "file")), "region", region));
  }
  if (*function)
    json_object_set_new(o, "logicalLocations",
                        json_pack("[{s:s,s:s}]", "fullyQualifiedName", function, "kind", "function"));
  if (what)
    json_object_set_new(o, "message", message(what));
  return o;
}

// ---- Flows: how each thread came to its access ----

static void add_step(json_t *steps, const struct reports *r, const json_t *frame, const char *what,
                     long level) {
  json_array_append_new(steps, json_pack("{s:o,s:I,s:s}", "location", location(r, frame, what), "nestingLevel",
                                         (json_int_t)level, "importance", level ? "important" : "essential"));
}

static const json_t *birth_of(const json_t *report, const json_t *who) {
  const json_t *births = field_list(report, "births");
  for (size_t i = 0; i < json_array_size(births); i++) {
    const json_t *b = json_array_get(births, i);
    if (field_number(field_object(b, "thread"), "number") == field_number(who, "number"))
      return b;
  }
  return NULL;
}

static void add_miss(json_t *steps, const struct reports *r, const json_t *report, size_t n, bool before) {
  struct buffer what = {0}, words = {0};
  bool is_before;
  const json_t *op = describe_miss(&words, report, n, &is_before);
  if (op && is_before == before) {
    buffer_printf(&what, "nearest miss: %s", buffer_text(&words));
    add_step(steps, r, field_object(op, "at"), buffer_text(&what), 0);
  }
  buffer_free(&words);
  buffer_free(&what);
}

static json_t *flow(const struct reports *r, const json_t *report, size_t n) {
  const json_t *part = report_part(report, n), *who = field_object(part, "thread");
  const json_t *stack = field_list(part, "stack"), *birth = birth_of(report, who);
  const json_t *sync = report_last_sync(report, n);
  json_t *steps = json_array();
  struct buffer name = {0}, what = {0};
  if (who)
    describe_thread(&name, who);
  else
    buffer_printf(&name, "step %zu", n + 1);
  if (birth) {
    buffer_printf(&what, "%s is started", buffer_text(&name));
    add_step(steps, r, stack_place(field_list(birth, "stack")), buffer_text(&what), 0);
    what.len = 0;
  }
  add_miss(steps, r, report, n, true);
  if (sync) {
    buffer_printf(&what, "last synchronisation before: %s", field_text(sync, "what"));
    add_step(steps, r, field_object(sync, "at"), buffer_text(&what), 0);
    what.len = 0;
  }
  for (size_t i = json_array_size(stack); i-- > 1;) {
    const json_t *frame = json_array_get(stack, i);
    if (field_number(frame, "line"))
      add_step(steps, r, frame, "calls", (long)(json_array_size(stack) - i));
  }
  describe_part(&what, report, n);
  add_step(steps, r, part_place(report, n), buffer_text(&what), 0);
  add_miss(steps, r, report, n, false);
  json_t *o = json_pack("{s:s,s:o}", "id", buffer_text(&name), "locations", steps);
  buffer_free(&name);
  buffer_free(&what);
  return o;
}

// The ids of the flows of one code flow differ even where one thread has both.
static json_t *flows(const struct reports *r, const json_t *report) {
  json_t *list = json_array();
  for (size_t n = 0; n < report_parts(report); n++) {
    json_t *f = flow(r, report, n);
    if (n) {
      struct buffer id = {0};
      buffer_printf(&id, "%s (%zu)", field_text(f, "id"), n + 1);
      json_object_set_new(f, "id", text_of(&id));
    }
    json_array_append_new(list, f);
  }
  return json_pack("[{s:o}]", "threadFlows", list);
}

// ---- Results ----

static json_t *result_message(const struct reports *r, const json_t *report, const json_t *lint) {
  struct buffer text = {0}, mark = {0}, title = {0};
  describe_title(&title, report);
  buffer_printf(&text, "%s.", buffer_text(&title));
  buffer_add(&mark, "**");
  buffer_add_markdown(&mark, buffer_text(&title));
  buffer_add(&mark, "**\n\n");
  for (size_t n = 0; n < report_parts(report); n++) {
    struct buffer part = {0};
    describe_part(&part, report, n);
    buffer_printf(&part, " at ");
    describe_place(&part, part_place(report, n));
    buffer_printf(&text, " %s.", buffer_text(&part));
    buffer_add(&mark, "- ");
    buffer_add_markdown(&mark, buffer_text(&part));
    buffer_add(&mark, "\n");
    buffer_free(&part);
  }
  static const char *const fields[][2] = {{"why", "Why:"}, {"mend", "How to mend:"}};
  for (size_t i = 0; i < 2; i++) {
    const char *value = field_text(report, fields[i][0]);
    if (!*value)
      continue;
    buffer_printf(&text, " %s %s", fields[i][1], value);
    buffer_printf(&mark, "\n**%s** ", fields[i][1]);
    buffer_add_markdown(&mark, value);
    buffer_add(&mark, "\n");
  }
  for (size_t i = 0; i < json_array_size(lint); i++) {
    struct buffer words = {0};
    lint_match_words(&words, r, json_array_get(lint, i));
    buffer_printf(&text, " Lint already warned: %s.", buffer_text(&words));
    buffer_add(&mark, "\n**Lint already warned:** ");
    buffer_add_markdown(&mark, buffer_text(&words));
    buffer_add(&mark, "\n");
    buffer_free(&words);
  }
  buffer_free(&title);
  json_t *t = text_of(&text), *m = text_of(&mark);
  return json_pack("{s:o,s:o}", "text", t, "markdown", m);
}

static json_t *related(const struct reports *r, const json_t *report, const json_t *lint) {
  json_t *list = json_array();
  const size_t parts = report_parts(report);
  for (size_t n = 1; n < report_parts(report); n++) {
    struct buffer what = {0};
    describe_part(&what, report, n);
    json_t *o = location(r, part_place(report, n), buffer_text(&what));
    json_object_set_new(o, "id", json_integer((json_int_t)n));
    json_array_append_new(list, o);
    buffer_free(&what);
  }
  for (size_t i = 0; i < json_array_size(lint); i++) { // each is a place, like a frame
    struct buffer what = {0};
    buffer_printf(&what, "lint already warned: %s", field_text(json_array_get(lint, i), "check"));
    json_t *o = location(r, json_array_get(lint, i), buffer_text(&what));
    json_object_set_new(o, "id", json_integer((json_int_t)(parts + i)));
    json_array_append_new(list, o);
    buffer_free(&what);
  }
  return list;
}

static json_t *result(const struct reports *r, const struct report *p, json_t *rules) {
  json_t *report = report_parse(p), *lint = lint_match_list(r, p, report);
  json_t *id = rule_id(p->kind);
  size_t rule = 0;
  while (rule < json_array_size(rules) &&
         strcmp(field_text(json_array_get(rules, rule), "id"), json_string_value(id)) != 0)
    rule++;
  json_t *o = json_pack("{s:o,s:I,s:s,s:o,s:o,s:o,s:o,s:{s:s},s:I}", "ruleId", id, "ruleIndex",
                        (json_int_t)rule, "level", "error", "message", result_message(r, report, lint), "locations",
                        json_pack("[o]", location(r, part_place(report, 0), NULL)), "relatedLocations",
                        related(r, report, lint), "codeFlows", flows(r, report), "partialFingerprints",
                        "redflagId/v1", p->id, "occurrenceCount", (json_int_t)p->count);
  if (p->known)
    json_object_set_new(o, "baselineState", json_string("unchanged"));
  if (p->known)
    json_object_set_new(o, "level", json_string("note"));
  json_decref(lint);
  json_decref(report);
  return o;
}

static json_t *rules_of(const struct reports *r) {
  json_t *rules = json_array(), *seen = json_object();
  for (size_t i = 0; i < r->count; i++) {
    json_t *id = rule_id(r->at[i].kind);
    if (!json_object_get(seen, json_string_value(id))) {
      json_object_set_new(seen, json_string_value(id), json_true());
      json_array_append_new(rules, json_pack("{s:O,s:{s:s},s:{s:s},s:{s:[s]}}", "id", id, "shortDescription",
                                             "text", r->at[i].kind, "defaultConfiguration", "level", "error",
                                             "properties", "tags", "concurrency"));
    }
    json_decref(id);
  }
  json_decref(seen);
  return rules;
}

void write_sarif(FILE *out, const struct reports *r) {
  json_t *rules = rules_of(r), *results = json_array();
  for (size_t i = 0; i < r->count; i++)
    json_array_append_new(results, result(r, &r->at[i], rules));
  json_t *driver = json_pack("{s:s,s:s,s:o}", "name", "Redflag", "version", RF_VERSION, "rules", rules);
  json_t *run = json_pack("{s:{s:o},s:{s:{s:{s:s}}},s:s,s:o}", "tool", "driver", driver, "originalUriBaseIds",
                          "SRCROOT", "description", "text", "the root of the sources", "columnKind",
                          "unicodeCodePoints", "results", results);
  json_t *log = json_pack("{s:s,s:s,s:[o]}", "$schema", SCHEMA_URI, "version", "2.1.0", "runs", run);
  json_dumpf(log, out, JSON_INDENT(1));
  fprintf(out, "\n");
  json_decref(log);
}
