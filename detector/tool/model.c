#include "model.h"

#include "buffer.h"
#include "fail.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- Fields ----

const char *field_text(const json_t *o, const char *name) {
  const char *s = json_string_value(json_object_get(o, name));
  return s ? s : "";
}
long long field_number(const json_t *o, const char *name) {
  const long long n = json_integer_value(json_object_get(o, name));
  return n > 0 ? n : 0;
}
bool field_flag(const json_t *o, const char *name) { return json_is_true(json_object_get(o, name)); }
const json_t *field_object(const json_t *o, const char *name) {
  const json_t *v = json_object_get(o, name);
  return json_is_object(v) ? v : NULL;
}
const json_t *field_list(const json_t *o, const char *name) {
  const json_t *v = json_object_get(o, name);
  return json_is_array(v) ? v : NULL;
}
uint64_t field_hex(const json_t *o, const char *name) { return strtoull(field_text(o, name), NULL, 16); }

const json_t *stack_place(const json_t *stack) {
  for (size_t i = 0; i < json_array_size(stack); i++)
    if (field_number(json_array_get(stack, i), "line"))
      return json_array_get(stack, i);
  return NULL;
}

const json_t *report_stack(const json_t *object) {
  const json_t *accesses = field_list(object, "accesses");
  return field_list(json_array_get(accesses ? accesses : field_list(object, "steps"), 0), "stack");
}

// ---- The set ----

void reports_init(struct reports *r) {
  *r = (struct reports){.index = json_object(), .last_start = json_object(), .open = json_array(),
                        .plain = json_object(), .lint = json_array(), .run = 1};
}

static void report_free(struct report *p) {
  free(p->kind);
  free(p->file);
  free(p->function);
  free(p->json);
}

void reports_free(struct reports *r) {
  for (size_t i = 0; i < r->count; i++)
    report_free(&r->at[i]);
  for (size_t i = 0; i < r->bases; i++)
    free(r->base[i]);
  free(r->at);
  json_decref(r->index);
  json_decref(r->last_start);
  json_decref(r->plain);
  json_decref(r->lint);
  json_decref(r->open);
}

struct report *reports_find(const struct reports *r, const char *id) {
  const json_t *at = json_object_get(r->index, id);
  return at ? &r->at[json_integer_value(at)] : NULL;
}

static void note_lint(struct reports *r, const struct report *p) {
  static const char kind[] = "lint: ";
  if (strncmp(p->kind, kind, sizeof kind - 1) != 0 || !*p->file)
    return;
  char *check = checked_copy(p->kind + sizeof kind - 1);
  for (char *c = check; *c; c++)
    if (*c == ' ')
      *c = '-';
  json_array_append_new(r->lint, json_pack("{s:s,s:s,s:I,s:s}", "check", check, "file", p->file, "line",
                                           (json_int_t)p->line, "function", p->function));
  free(check);
}

static struct report *reports_new(struct reports *r, const json_t *object, const char *line) {
  const json_t *stack = report_stack(object), *place = stack_place(stack);
  const json_t *top = place ? place : json_array_get(stack, 0);
  if (!r->at || r->count == r->cap) {
    r->cap = r->cap ? r->cap * 2 : 64;
    r->at = checked_grow(r->at, r->cap * sizeof *r->at);
  }
  struct report *p = &r->at[r->count];
  *p = (struct report){.kind = checked_copy(field_text(object, "kind")),
                       .file = checked_copy(place ? field_text(place, "file") : ""),
                       .function = checked_copy(field_text(top, "function")),
                       .line = (long)field_number(place, "line"),
                       .column = (long)field_number(place, "column"),
                       .is_race = strcmp(field_text(object, "type"), "race") == 0,
                       .json = checked_copy(line)};
  snprintf(p->id, sizeof p->id, "%s", field_text(object, "id"));
  json_object_set_new(r->index, p->id, json_integer((json_int_t)r->count++));
  note_lint(r, p);
  return p;
}

void reports_add(struct reports *r, const json_t *object, const char *line) {
  struct report *p = reports_find(r, field_text(object, "id"));
  const long long count = field_number(object, "count"), runs = field_number(object, "runs");
  if (!p)
    p = reports_new(r, object, line);
  p->count += count ? (uint64_t)count : 1;
  if (p->last_run != r->run)
    p->runs += runs ? (uint32_t)(runs < UINT_MAX ? runs : UINT_MAX) : 1;
  p->last_run = r->run;
}

static void reindex(struct reports *r) {
  json_object_clear(r->index);
  for (size_t i = 0; i < r->count; i++)
    json_object_set_new(r->index, r->at[i].id, json_integer((json_int_t)i));
}

static int by_place(const void *a, const void *b) {
  const struct report *p = a, *q = b;
  int order = strcmp(p->file, q->file);
  order = order ? order : (p->line > q->line) - (p->line < q->line);
  order = order ? order : (p->column > q->column) - (p->column < q->column);
  order = order ? order : strcmp(p->function, q->function);
  order = order ? order : strcmp(p->kind, q->kind);
  return order ? order : strcmp(p->id, q->id);
}

void reports_sort(struct reports *r) {
  if (r->count)
    qsort(r->at, r->count, sizeof *r->at, by_place);
  reindex(r);
}

void reports_keep(struct reports *r, bool (*keep)(const struct report *, const void *), const void *arg) {
  size_t kept = 0;
  for (size_t i = 0; i < r->count; i++)
    if (keep(&r->at[i], arg))
      r->at[kept++] = r->at[i];
    else
      report_free(&r->at[i]);
  r->count = kept;
  reindex(r);
}

void reports_add_base(struct reports *r, const char *directory) {
  if (*directory != '/')
    return;
  for (size_t i = 0; i < r->bases; i++)
    if (strcmp(r->base[i], directory) == 0)
      return;
  if (r->bases < BASES_MAX)
    r->base[r->bases++] = checked_copy(directory);
}

json_t *report_parse(const struct report *p) {
  json_t *o = json_loads(p->json, 0, NULL);
  if (!o)
    fail(STATUS_FAILED, "out of memory");
  return o;
}
