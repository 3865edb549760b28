#include "rf_options.h"

#include "rf_mem.h"
#include "rf_text.h"
#include <stdbool.h>
#include <stdint.h>

struct rf_options rf_options = {
#define RF_OPTION(type, name, def, help) .name = def,
#include "rf_options.def"
#undef RF_OPTION
};

enum type { BOOL, INT, STRING };

static const struct row {
  const char *name;
  enum type type;
  void *at;
  const char *def, *help;
} rows[] = {
#define RF_OPTION(type, name, def, help) {#name, type, &rf_options.name, #def, help},
#include "rf_options.def"
#undef RF_OPTION
};
#define ROWS (sizeof rows / sizeof *rows)

static bool blank(char c) { return c == ':' || c == ' ' || c == ',' || c == '\t' || c == '\n'; }

static const struct row *row_of(const char *key, size_t n) {
  for (size_t i = 0; i < ROWS; i++)
    if (rf_text_equal(rows[i].name, key, n))
      return &rows[i];
  return NULL;
}

static bool parse_int(const char *v, size_t n, int *out) {
  long value = 0;
  size_t i = n && v[0] == '-';
  if (i == n)
    return false;
  for (; i < n; i++) {
    if (v[i] < '0' || v[i] > '9' || (value = value * 10 + v[i] - '0') > INT32_MAX)
      return false;
  }
  *out = (int)(v[0] == '-' ? -value : value);
  return true;
}

static bool parse_bool(const char *v, size_t n, int *out) {
  static const char *const words[2][3] = {{"0", "no", "false"}, {"1", "yes", "true"}};
  for (int b = 0; b < 2; b++)
    for (int i = 0; i < 3; i++)
      if (rf_text_equal(words[b][i], v, n)) {
        *out = b;
        return true;
      }
  return false;
}

static int store(const struct row *row, const char *v, size_t n, struct rf_text *error) {
  if (row->type == STRING) {
    char *copy = rf_mem_alloc(n + 1);
    __builtin_memcpy(copy, v, n);
    *(const char **)row->at = copy;
    return 0;
  }
  if (row->type == INT ? parse_int(v, n, row->at) : parse_bool(v, n, row->at))
    return 0;
  rf_text_add(error, "REDFLAG_OPTIONS: '");
  rf_text_add_n(error, v, n);
  rf_text_add(error, "' is no value for ");
  rf_text_add(error, row->name);
  rf_text_add(error, row->type == INT ? ", which takes a number" : ", which takes 0 or 1");
  return -1;
}

static int parse(const char *p, struct rf_text *error) {
  while (*p) {
    if (blank(*p)) {
      p++;
      continue;
    }
    const char *key = p;
    while (*p && *p != '=' && !blank(*p))
      p++;
    const struct row *row = row_of(key, (size_t)(p - key));
    if (!row || *p != '=') {
      rf_text_add(error, row ? "REDFLAG_OPTIONS: option '" : "REDFLAG_OPTIONS: unknown option '");
      rf_text_add_n(error, key, (size_t)(p - key));
      rf_text_add(error, row ? "' needs '=value'" : "'; help=1 lists the options");
      return -1;
    }
    const char quote = p[1] == '\'' || p[1] == '"' ? p[1] : 0;
    const char *v = p += quote ? 2 : 1;
    while (*p && (quote ? *p != quote : !blank(*p)))
      p++;
    if (store(row, v, (size_t)(p - v), error))
      return -1;
    p += quote && *p;
  }
  return 0;
}

int rf_options_parse(const char *text, char *error, size_t cap) {
  struct rf_text e = {error, 0, cap};
  const int result = parse(text, &e);
  for (size_t i = 0; i < e.len; i++)
    if ((unsigned char)error[i] < ' ')
      error[i] = '?'; // a value may hold anything
  return result;
}

const char *rf_options_help(void) {
  static char buffer[4096];
  struct rf_text t = {buffer, 0, sizeof buffer};
  rf_text_add(&t, "REDFLAG_OPTIONS=\"key=value:key=value\"\n");
  for (size_t i = 0; i < ROWS; i++) {
    rf_text_add(&t, "  ");
    rf_text_add(&t, rows[i].name);
    rf_text_add(&t, " (");
    rf_text_add(&t, rows[i].def);
    rf_text_add(&t, "): ");
    rf_text_add(&t, rows[i].help);
    rf_text_add(&t, "\n");
  }
  return buffer;
}
