#include "command.h"

#include "buffer.h"
#include "fail.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- Help ----

static void print_option(const struct option *o) {
  char left[64];
  const bool listed = o->value && strchr(o->value, '|');
  snprintf(left, sizeof left, "%c%c%s--%s%s%s", o->letter ? '-' : ' ', o->letter ? o->letter : ' ',
           o->letter ? ", " : "  ", o->name, o->kind == OPTION_FLAG ? "" : " ",
           o->kind == OPTION_FLAG ? ""
           : listed               ? "NAME"
                                  : o->value);
  printf("  %-26s %s", left, o->help);
  if (listed)
    printf(" (%s)", o->value);
  printf("\n");
}

void command_help(const struct command *c, const char *path) {
  printf("Usage: %s %s\n\n%s\n", path, c->usage, c->about);
  for (const struct command *s = c->sub; s && s->name; s++)
    printf("%s  %-10s %s\n", s == c->sub ? "\nCommands:\n" : "", s->name, s->about);
  printf("\nOptions:\n");
  for (const struct option *o = c->options; o && o->name; o++)
    print_option(o);
  printf("  -h, --help                 print this\n");
  if (c->details)
    printf("\n%s", c->details);
}

// ---- Parsing ----

const struct command *command_find(const struct command *table, const char *name) {
  for (; table && table->name; table++)
    if (strcmp(table->name, name) == 0)
      return table;
  return NULL;
}

const struct option *option_find(const struct option *table, const char *name, size_t n) {
  for (; table && table->name; table++)
    if (strlen(table->name) == n && strncmp(table->name, name, n) == 0)
      return table;
  return NULL;
}

static const struct option *by_letter(const struct option *table, char letter) {
  for (; table && table->name; table++)
    if (table->letter == letter)
      return table;
  return NULL;
}

// Whether v is one of the words of `a|b|c`.
static bool is_allowed(const char *words, const char *v) {
  if (!strchr(words, '|'))
    return true;
  for (const size_t n = strlen(v); words; words = strchr(words, '|') ? strchr(words, '|') + 1 : NULL)
    if (n && strncmp(words, v, n) == 0 && (words[n] == 0 || words[n] == '|'))
      return true;
  return false;
}

static void store(const struct option *o, const char *path, const char *v) {
  char *end;
  if (!is_allowed(o->value, v))
    fail(STATUS_USAGE, "%s: '%s' is no value for --%s, which takes %s", path, v, o->name, o->value);
  if (o->kind == OPTION_TEXT) {
    *(const char **)o->to = v;
    return;
  }
  if (o->kind == OPTION_LIST) {
    struct list *list = o->to;
    list->at = checked_grow(list->at, (list->count + 1) * sizeof *list->at);
    list->at[list->count++] = v;
    return;
  }
  errno = 0;
  const long n = strtol(v, &end, 10);
  if (errno || end == v || *end || n < 1 || n > INT_MAX)
    fail(STATUS_USAGE, "%s: '%s' is no value for --%s, which takes a number from 1 on", path, v, o->name);
  *(long *)o->to = n;
}

int command_run(const struct command *c, const char *path, int argc, char **argv) {
  int kept = 0;
  bool options = true;
  for (int i = 0; i < argc; i++) {
    const char *a = argv[i];
    if (!options || a[0] != '-' || !a[1]) {
      options &= !(c->stops || c->sub);
      argv[kept++] = argv[i];
      continue;
    }
    if (strcmp(a, "--") == 0) {
      options = false;
      continue;
    }
    if (strcmp(a, "--help") == 0 || strcmp(a, "-h") == 0) {
      command_help(c, path);
      return STATUS_OK;
    }
    const bool is_long = a[1] == '-';
    const char *equals = is_long ? strchr(a, '=') : NULL;
    const struct option *o =
        is_long ? option_find(c->options, a + 2, equals ? (size_t)(equals - a - 2) : strlen(a + 2))
                : by_letter(c->options, a[1]);
    if (!o)
      fail(STATUS_USAGE, "%s: unknown option '%s'; '%s --help' lists them", path, a, path);
    if (o->kind == OPTION_FLAG) {
      if (equals || (!is_long && a[2]))
        fail(STATUS_USAGE, "%s: --%s takes no value", path, o->name);
      *(bool *)o->to = true;
      continue;
    }
    const char *v = equals ? equals + 1 : !is_long && a[2] ? a + 2 : i + 1 < argc ? argv[++i] : NULL;
    if (!v)
      fail(STATUS_USAGE, "%s: --%s needs a value (%s)", path, o->name, o->value);
    store(o, path, v);
  }
  argv[kept] = NULL;
  if (!c->sub)
    return c->run(kept, argv);
  if (!kept && c->run)
    return c->run(kept, argv);
  if (!kept)
    fail(STATUS_USAGE, "%s: which command? '%s --help' lists them", path, path);
  const struct command *s = command_find(c->sub, argv[0]);
  if (!s)
    fail(STATUS_USAGE, "%s: unknown command '%s'; '%s --help' lists them", path, argv[0], path);
  struct buffer below = {0};
  buffer_printf(&below, "%s %s", path, s->name);
  const int status = command_run(s, buffer_text(&below), kept - 1, argv + 1);
  buffer_free(&below);
  return status;
}
