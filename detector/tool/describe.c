#include "describe.h"

#include <stdint.h>
#include <string.h>

void describe_place(struct buffer *b, const json_t *frame) {
  const long long line = field_number(frame, "line"), column = field_number(frame, "column");
  if (!line)
    return;
  buffer_printf(b, "%s:%lld", field_text(frame, "file"), line);
  if (column)
    buffer_printf(b, ":%lld", column);
}

void describe_report_place(struct buffer *b, const struct report *p) {
  if (*p->file)
    buffer_printf(b, "%s:%ld", p->file, p->line);
  if (*p->file && p->column)
    buffer_printf(b, ":%ld", p->column);
  if (*p->function)
    buffer_printf(b, "%sin %s", *p->file ? " " : "", p->function);
}

void describe_thread(struct buffer *b, const json_t *who) {
  const char *kind = field_text(who, "kind"), *name = field_text(who, "name");
  if (strcmp(kind, "main") == 0) {
    buffer_add(b, "main");
    return;
  }
  buffer_printf(b, "%s %lld", *kind ? kind : "thread", field_number(who, "number"));
  if (*name)
    buffer_printf(b, " `%s`", name);
}

void describe_access(struct buffer *b, const json_t *access) {
  const char *expression = field_text(access, "expression"), *library = field_text(access, "library_function");
  const bool write = field_flag(access, "write");
  const long long size = field_number(access, "size");
  if (field_flag(access, "releases_memory"))
    buffer_add(b, "release of the memory");
  else {
    buffer_printf(b, "%s%s", field_flag(access, "atomic") ? "atomic " : "", write ? "write" : "read");
    if (*expression)
      buffer_printf(b, " of `%s`", expression);
    else if (size)
      buffer_printf(b, " of %lld byte%s", size, size == 1 ? "" : "s");
  }
  if (*library)
    buffer_printf(b, " in %s", library);
  buffer_add(b, " by ");
  describe_thread(b, field_object(access, "thread"));
}

// Hexadecimal for what is no integer of a known type.
void describe_value(struct buffer *b, const json_t *access, const char *name) {
  static const char *const no_integers[] = {"*", "float", "double", "struct ", "union ", "void"};
  static const char *const without_sign[] = {"unsigned", "uint", "size_t", "bool", "_Bool"};
  const char *type = field_text(access, "type");
  const long long size = field_number(access, "size");
  const uint64_t v = field_hex(access, name);
  bool integer = *type && size >= 1 && size <= 8, is_signed = true;
  for (size_t i = 0; i < sizeof no_integers / sizeof *no_integers; i++)
    integer &= !strstr(type, no_integers[i]);
  for (size_t i = 0; i < sizeof without_sign / sizeof *without_sign; i++)
    is_signed &= !strstr(type, without_sign[i]);
  if (!integer)
    buffer_printf(b, "0x%llx", (unsigned long long)v);
  else if (is_signed) {
    const unsigned shift = 64 - 8 * (unsigned)size;
    buffer_printf(b, "%lld", (long long)(v << shift) >> shift);
  } else
    buffer_printf(b, "%llu", (unsigned long long)v);
}

static void add_object(struct buffer *b, const json_t *object) {
  const char *kind = field_text(object, "kind"), *name = field_text(object, "name");
  if (*kind)
    buffer_printf(b, " %s", kind);
  if (*name)
    buffer_printf(b, " `%s`", name);
  else if (*field_text(object, "address"))
    buffer_printf(b, " %s", field_text(object, "address"));
}

void describe_step(struct buffer *b, const json_t *step) {
  const json_t *second = field_object(step, "second"), *who = field_object(step, "thread");
  buffer_add(b, field_text(step, "what"));
  add_object(b, field_object(step, "object"));
  if (second) {
    buffer_add(b, field_text(second, "what"));
    add_object(b, second);
  }
  if (!who)
    return;
  buffer_add(b, " by ");
  describe_thread(b, who);
}

// What the text report begins with; a report without text has its kind and variable.
void describe_title(struct buffer *b, const json_t *report) {
  static const char begin[] = "WARNING: Redflag: ";
  const char *text = strstr(field_text(report, "text"), begin);
  const char *name = field_text(field_object(report, "memory"), "name");
  if (text) {
    text += sizeof begin - 1;
    buffer_add_n(b, text, strcspn(text, "\n"));
    return;
  }
  buffer_add(b, field_text(report, "kind"));
  if (*name)
    buffer_printf(b, " on `%s`", name);
}

// ---- Parts ----

static const json_t *parts_of(const json_t *report) {
  const json_t *accesses = field_list(report, "accesses");
  return accesses ? accesses : field_list(report, "steps");
}

size_t report_parts(const json_t *report) { return json_array_size(parts_of(report)); }
const json_t *report_part(const json_t *report, size_t n) { return json_array_get(parts_of(report), n); }

void describe_part(struct buffer *b, const json_t *report, size_t n) {
  const json_t *part = report_part(report, n);
  if (!field_list(report, "accesses"))
    describe_step(b, part);
  else {
    buffer_add(b, n ? "earlier " : "");
    describe_access(b, part);
  }
}

const json_t *part_place(const json_t *report, size_t n) {
  return stack_place(field_list(report_part(report, n), "stack"));
}

// ---- The nearest miss ----

static const json_t *miss_of(const json_t *report, size_t n, bool *before) {
  const json_t *miss = field_object(report, "near_miss");
  const char *kind = field_text(miss, "kind");
  if (n && strcmp(kind, "relaxed store") == 0) // in the epoch of the access, or later
    return NULL;
  *before = !n || strcmp(kind, "released too early") == 0;
  return field_object(miss, n ? "release" : "acquire");
}

static bool is_atomic(const json_t *op) {
  return strcmp(field_text(op, "what"), "load") == 0 || strcmp(field_text(op, "what"), "store") == 0;
}

const json_t *describe_miss(struct buffer *b, const json_t *report, size_t n, bool *before) {
  const json_t *op = miss_of(report, n, before);
  const char *object = field_text(field_object(report, "near_miss"), "object");
  if (!op)
    return NULL;
  if (is_atomic(op))
    buffer_printf(b, "%s of `%s`", field_text(op, "what"), object);
  else
    buffer_printf(b, "%s by %s", n ? "released" : "acquired", field_text(op, "what"));
  return op;
}

const json_t *report_last_sync(const json_t *report, size_t n) {
  bool before;
  const json_t *sync = field_object(report_part(report, n), "last_sync"), *op = miss_of(report, n, &before);
  if (!sync || strcmp(field_text(sync, "what"), "start") == 0)
    return NULL;
  const bool told = op && before && (is_atomic(op) || json_equal(field_object(op, "at"), field_object(sync, "at")));
  return told ? NULL : sync;
}
