#include "baseline.h"

#include "buffer.h"
#include "fail.h"
#include "output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define VERSION 1
#define BYTES_MAX ((size_t)64 << 20)

// ---- Reading ----

// The line on which the n-th object of the list of reports begins.
static unsigned long line_of_entry(const char *text, size_t n) {
  unsigned long line = 1;
  unsigned depth = 0;
  bool quoted = false;
  for (; *text; text++) {
    line += *text == '\n';
    if (quoted && *text == '\\' && text[1])
      text++;
    else if (*text == '"')
      quoted = !quoted;
    else if (!quoted && (*text == '{' || *text == '[')) {
      if (depth++ == 2 && n-- == 0)
        return line;
    } else if (!quoted && (*text == '}' || *text == ']') && depth)
      depth--;
  }
  return line;
}

static const char *entry_mistake(const json_t *e) {
  static const char *const texts[] = {"kind", "place", "function", "reason"};
  const char *id = field_text(e, "id");
  const size_t digits = strspn(id, "0123456789abcdef");
  if (!json_is_object(e) || digits < 8 || digits > ID_MAX || id[digits])
    return "an entry is an object with an \"id\" of 8 to 32 hexadecimal digits";
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    if (json_object_get(e, texts[i]) && !json_is_string(json_object_get(e, texts[i])))
      return "kind, place, function and reason of an entry are strings";
  return NULL;
}

// NULL and no mistake: there is no such file, and need not be.
static char *read_whole(const char *path, bool may_miss, struct buffer *mistake) {
  FILE *f = fopen(path, "re");
  struct buffer text = {0};
  char block[1 << 14];
  if (!f && errno == ENOENT && may_miss)
    return NULL;
  if (!f) {
    buffer_printf(mistake, "%s: the baseline cannot be read: %s", path, strerror(errno));
    return NULL;
  }
  buffer_add(&text, "");
  for (size_t n; text.len <= BYTES_MAX && (n = fread(block, 1, sizeof block, f)) > 0;)
    buffer_add_n(&text, block, n);
  if (ferror(f))
    buffer_printf(mistake, "%s: the baseline cannot be read: %s", path, strerror(errno));
  else if (text.len > BYTES_MAX)
    buffer_printf(mistake, "%s: a baseline of more than 64 MiB", path);
  fclose(f);
  if (mistake->len)
    buffer_free(&text);
  return text.at;
}

static void take_entries(struct baseline *b, const char *path, const char *text, const json_t *root,
                         struct buffer *mistake) {
  const json_t *list = field_list(root, "reports");
  if (field_number(root, "redflag_baseline") != VERSION || !list) {
    buffer_printf(mistake, "%s:1: no baseline: it needs \"redflag_baseline\": 1 and a list \"reports\"", path);
    return;
  }
  for (size_t i = 0; i < json_array_size(list); i++) {
    json_t *e = json_array_get(list, i);
    const char *wrong = entry_mistake(e);
    if (wrong) {
      buffer_printf(mistake, "%s:%lu: %s", path, line_of_entry(text, i), wrong);
      return;
    }
    json_object_set(b->entries, field_text(e, "id"), e);
  }
}

bool baseline_parse(struct baseline *b, const char *path, bool may_miss, struct buffer *mistake) {
  json_error_t error;
  b->entries = json_object();
  char *text = read_whole(path, may_miss, mistake);
  json_t *root = text ? json_loads(text, JSON_REJECT_DUPLICATES, &error) : NULL;
  if (text && !root) {
    buffer_printf(mistake, "%s:%d: the baseline is not JSON: ", path, error.line > 0 ? error.line : 1);
    buffer_add_plain(mistake, error.text, false); // quotes the file
  }
  if (root)
    take_entries(b, path, text, root, mistake);
  json_decref(root);
  free(text);
  return !mistake->len;
}

void baseline_read(struct baseline *b, const char *path, bool may_miss) {
  struct buffer mistake = {0};
  if (!baseline_parse(b, path, may_miss, &mistake))
    fail(STATUS_FAILED, "%s", buffer_text(&mistake));
}

void baseline_free(struct baseline *b) { json_decref(b->entries); }

// ---- Comparing ----

void baseline_mark(const struct baseline *b, struct reports *r) {
  for (size_t i = 0; i < r->count; i++)
    r->at[i].known = json_object_get(b->entries, r->at[i].id) != NULL;
}

static int by_text(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// Ids in order; the caller frees the list, the ids are the object's.
static const char **sorted_keys(json_t *object) {
  const char **ids = checked_alloc(json_object_size(object) * sizeof *ids), *id;
  size_t n = 0;
  json_t *e;
  json_object_foreach(object, id, e) ids[n++] = id;
  if (n)
    qsort(ids, n, sizeof *ids, by_text);
  return ids;
}

void baseline_each_gone(const struct baseline *b, const struct reports *r,
                        void (*visit)(const char *id, const json_t *entry, void *arg), void *arg) {
  const char **ids = sorted_keys(b->entries);
  for (size_t i = 0; i < json_object_size(b->entries); i++)
    if (!reports_find(r, ids[i]))
      visit(ids[i], json_object_get(b->entries, ids[i]), arg);
  free(ids);
}

static void count_one(const char *id, const json_t *entry, void *arg) {
  (void)id, (void)entry;
  ++*(size_t *)arg;
}

size_t baseline_gone(const struct baseline *b, const struct reports *r) {
  size_t n = 0;
  baseline_each_gone(b, r, count_one, &n);
  return n;
}

// ---- Writing ----

static json_t *entry_of(const struct report *p, const json_t *former) {
  json_t *e = json_object();
  struct buffer place = {0};
  if (*p->file)
    buffer_printf(&place, "%s:%ld", p->file, p->line);
  json_object_set_new(e, "id", json_string(p->id));
  json_object_set_new(e, "kind", json_string(p->kind));
  json_object_set_new(e, "place", json_string(buffer_text(&place)));
  json_object_set_new(e, "function", json_string(p->function));
  if (*field_text(former, "reason"))
    json_object_set_new(e, "reason", json_string(field_text(former, "reason")));
  buffer_free(&place);
  return e;
}

void baseline_write(const struct baseline *b, const struct reports *r, const char *path, bool prune) {
  json_t *all = prune ? json_object() : json_copy(b->entries);
  struct output out;
  for (size_t i = 0; i < r->count; i++)
    json_object_set_new(all, r->at[i].id, entry_of(&r->at[i], json_object_get(b->entries, r->at[i].id)));
  const char **ids = sorted_keys(all);
  const size_t n = json_object_size(all);
  output_open(&out, path);
  fprintf(out.file, "{\"redflag_baseline\": %d, \"reports\": [%s", VERSION, n ? "\n" : "");
  for (size_t i = 0; i < n; i++) {
    char *entry = json_dumps(json_object_get(all, ids[i]), 0);
    fprintf(out.file, "  %s%s\n", entry, i + 1 < n ? "," : "");
    free(entry);
  }
  fprintf(out.file, "]}\n");
  output_close(&out);
  free(ids);
  json_decref(all);
}
