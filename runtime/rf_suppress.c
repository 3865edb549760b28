#include "rf_suppress.h"

#include "rf_text.h"

static const struct {
  const char *name;
  enum rf_suppress_kind kind;
} kinds[] = {
    {"race", RF_SUPPRESS_RACE},         {"race_top", RF_SUPPRESS_RACE_TOP},
    {"mutex", RF_SUPPRESS_MUTEX},       {"thread", RF_SUPPRESS_THREAD},
    {"signal", RF_SUPPRESS_SIGNAL},     {"deadlock", RF_SUPPRESS_DEADLOCK},
    {"called_from_lib", RF_SUPPRESS_CALLED_FROM_LIB},
};

const char *rf_suppress_name(enum rf_suppress_kind kind) {
  size_t i = 0;
  while (kinds[i].kind != kind)
    i++;
  return kinds[i].name;
}

static bool parse_line(struct rf_suppressions *s, char *p, char *end, uint32_t line) {
  while (p < end && (*p == ' ' || *p == '\t'))
    p++;
  while (end > p && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
    end--;
  if (p == end || *p == '#')
    return true;
  char *colon = p;
  while (colon < end && *colon != ':')
    colon++;
  if (colon == end || colon + 1 == end || s->count == RF_SUPPRESSIONS_MAX)
    return false;
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    if (!rf_text_equal(kinds[i].name, p, (size_t)(colon - p)))
      continue;
    *end = 0;
    s->row[s->count++] = (struct rf_suppression){kinds[i].kind, colon + 1, line, 0};
    return true;
  }
  return false;
}

uint32_t rf_suppressions_parse(struct rf_suppressions *s, char *text, size_t n) {
  uint32_t line = 1;
  for (char *p = text, *end = text + n; p < end; line++) {
    char *eol = p;
    while (eol < end && *eol != '\n')
      eol++;
    for (char *c = p; c < eol; c++)
      if (!*c)
        return line; // a NUL would hide the rest of the line
    if (!parse_line(s, p, eol, line))
      return line;
    p = eol + 1;
  }
  return 0;
}
