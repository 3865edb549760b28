#include "audit_plain.h"

#include "audit_words.h"
#include "read.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *plain_weight_name(enum plain_weight weight) {
  static const char *const names[] = {"matters", "unseen", "harmless", "missing"};
  return names[weight];
}

void plain_reason(struct buffer *b, const struct plain_row *row) {
  if (row->weight == PLAIN_MISSING) {
    buffer_add(b, "cannot be audited here; run this where it was built");
    return;
  }
  if (row->strange)
    buffer_printf(b, "%u synchronise%s by hand (reports may be false), ", row->strange,
                  row->strange == 1 ? "s" : "");
  if (row->touching)
    buffer_printf(b, "%u touch%s memory (races are missed), ", row->touching, row->touching == 1 ? "es" : "");
  if (!row->strange && !row->touching)
    buffer_add(b, "touches only what is its own, ");
  if (row->linked)
    buffer_add(b, "part of the program");
  else
    buffer_printf(b, "%u called by the program", row->called);
}

// ---- Modules ----

static void take_needs(struct audit_plain *p, const struct audit_module *m) {
  if (!p->needs)
    p->needs = json_object();
  for (size_t n = 0; n < m->image.need_count; n++)
    json_object_set_new(p->needs, m->image.needs[n], json_true());
}

void plain_take(struct audit_plain *p, const struct audit_module *m) {
  struct plain_row *row = p->present;
  if (!row) {
    take_needs(p, m);
    return;
  }
  row->seen = true;
  row->linked |= m->image.is_object;
  for (size_t n = 0; n < m->image.name_count; n++) {
    const struct name *name = &m->image.names[n];
    row->called += name->is_function && name->is_global && json_object_get(p->needs, name->text);
  }
  for (uint32_t n = 0; n < m->function_count; n++) {
    const struct audit_function *f = &m->functions[n];
    row->touching += f->verdict == VERDICT_UNCHECKED || f->verdict == VERDICT_UNKNOWN;
    row->strange += f->syncs && !words_known(m, f);
  }
}

// ---- Names ----

// Names of objects are as they stood on the linker's command line: they are looked for in the directory in
// which the process ran, too.
static char *find(const char *name, const char *directory) {
  struct buffer path = {0};
  if (*name == '/' || access(name, R_OK) == 0 || !*directory)
    return checked_copy(name);
  buffer_printf(&path, "%s/%s", directory, name);
  if (access(path.at, R_OK) == 0)
    return path.at;
  buffer_free(&path);
  return checked_copy(name);
}

static int by_weight(const void *a, const void *b) {
  const struct plain_row *x = a, *y = b;
  return x->weight != y->weight ? (int)x->weight - (int)y->weight : strcmp(x->name, y->name);
}

static bool audit_row(struct audit_plain *p, struct plain_row *row, const char *directory,
                      const struct audit_visitor *v) {
  char *path = find(row->name, directory);
  p->present = row;
  const bool fine = audit_file(path, v);
  p->present = NULL;
  row->weight = !row->seen      ? PLAIN_MISSING
                : row->strange  ? PLAIN_MATTERS
                : row->touching ? PLAIN_UNSEEN
                                : PLAIN_HARMLESS;
  free(path);
  return fine;
}

bool plain_audit(struct audit_plain *p, const char *path, const struct audit_visitor *v) {
  struct reports r;
  const char *name;
  json_t *directory;
  reports_init(&r);
  bool fine = read_path(&r, path);
  read_done(&r);
  p->rows = checked_alloc((json_object_size(r.plain) + 1) * sizeof *p->rows);
  json_object_foreach(r.plain, name, directory) {
    struct plain_row *row = &p->rows[p->count++];
    row->name = checked_copy(name);
    fine &= audit_row(p, row, json_string_value(directory), v);
  }
  if (p->count)
    qsort(p->rows, p->count, sizeof *p->rows, by_weight);
  reports_free(&r);
  return fine;
}

void plain_free(struct audit_plain *p) {
  for (size_t n = 0; n < p->count; n++)
    free((char *)p->rows[n].name);
  free(p->rows);
  json_decref(p->needs);
}
