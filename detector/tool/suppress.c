#include "suppress.h"

#include "buffer.h"
#include "fail.h"
#include "rf_pattern.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINES_MAX 100000

struct patterns {
  char **at;
  size_t count;
};

static const char *after_kind(const char *line) {
  static const char *const others[] = {
      "race:", "race_top:", "mutex:", "thread:", "signal:", "deadlock:", "called_from_lib:"};
  if (strncmp(line, "lint:", 5) == 0 && line[5])
    return line + 5;
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    if (strncmp(line, others[i], strlen(others[i])) == 0)
      return "";
  return NULL;
}

static void read_patterns(const char *path, struct patterns *all) {
  FILE *f = fopen(path, "re");
  char *line = NULL;
  size_t cap = 0, number = 0;
  ssize_t n;
  if (!f)
    fail(STATUS_FAILED, "%s: cannot be read: %s", path, strerror(errno));
  errno = 0;
  while ((n = getline(&line, &cap, f)) >= 0) {
    number++;
    while (n && strchr(" \t\r\n", line[n - 1]))
      line[--n] = 0;
    const char *text = line + strspn(line, " \t");
    if (!*text || *text == '#')
      continue;
    const char *pattern = after_kind(text);
    if (!pattern || strlen(line) != (size_t)n || number > LINES_MAX)
      fail(STATUS_FAILED, "%s:%zu: no suppression; write lint:PATTERN", path, number);
    if (!*pattern)
      continue;
    all->at = checked_grow(all->at, (all->count + 1) * sizeof *all->at);
    all->at[all->count++] = checked_copy(pattern);
  }
  if (ferror(f))
    fail(STATUS_FAILED, "%s: cannot be read: %s", path, strerror(errno));
  free(line);
  fclose(f);
}

static bool stays(const struct report *p, const void *arg) {
  const struct patterns *all = arg;
  bool hit = false;
  json_t *o = report_parse(p);
  const char *line = field_text(o, "suppress");
  if (strncmp(line, "lint:", 5) == 0)
    for (size_t i = 0; !hit && i < all->count; i++)
      hit = rf_pattern_match(all->at[i], line + 5) || rf_pattern_match(all->at[i], p->file);
  json_decref(o);
  return !hit;
}

void suppress_apply(const char *path, struct reports *r) {
  struct patterns all = {0};
  read_patterns(path, &all);
  reports_keep(r, stays, &all);
  for (size_t i = 0; i < all.count; i++)
    free(all.at[i]);
  free(all.at);
}
