#include "filter.h"

#include "baseline.h"
#include "fail.h"
#include "paths.h"
#include "read.h"

#include <fnmatch.h>
#include <string.h>

struct filter filter;
const char *filter_root;

static bool is_one_of(const struct list *l, const char *s) {
  for (size_t i = 0; i < l->count; i++)
    if (strcmp(l->at[i], s) == 0)
      return true;
  return !l->count;
}

static bool globs_match(const struct list *l, const char *s) {
  for (size_t i = 0; *s && i < l->count; i++)
    if (fnmatch(l->at[i], s, 0) == 0 || (strrchr(s, '/') && fnmatch(l->at[i], strrchr(s, '/') + 1, 0) == 0))
      return true;
  return false;
}

// Whether this field of any frame of any part matches.
static bool stacks_match(const struct report *p, const struct list *l, const char *field) {
  bool found = false;
  if (!l->count)
    return true;
  json_t *o = report_parse(p);
  const json_t *accesses = field_list(o, "accesses");
  const json_t *parts = accesses ? accesses : field_list(o, "steps");
  for (size_t n = 0; !found && n < json_array_size(parts); n++) {
    const json_t *stack = field_list(json_array_get(parts, n), "stack");
    for (size_t i = 0; !found && i < json_array_size(stack); i++)
      found = globs_match(l, field_text(json_array_get(stack, i), field));
  }
  json_decref(o);
  return found;
}

static bool wanted(const struct report *p, const void *arg) {
  (void)arg;
  return is_one_of(&filter.kinds, p->kind) && is_one_of(&filter.ids, p->id) &&
         !(filter.new_since && p->known) && stacks_match(p, &filter.files, "file") &&
         stacks_match(p, &filter.functions, "function");
}

bool filter_load(struct reports *r, int count, char **paths) {
  bool fine = true;
  reports_init(r);
  paths_set_root(filter_root);
  for (int i = 0; i < count; i++)
    fine &= read_path(r, paths[i]);
  read_done(r);
  const char *baseline = filter.new_since ? filter.new_since : filter.baseline;
  if (baseline) {
    struct baseline b;
    baseline_read(&b, baseline, false);
    baseline_mark(&b, r);
    baseline_free(&b);
  }
  reports_keep(r, wanted, NULL);
  reports_sort(r);
  return fine;
}
