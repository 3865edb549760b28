#include "rf_format.h"

#include "rf_rows.h"

#include <wchar.h>

#define MANY_BYTES ((size_t)1 << 30)

struct spec {
  bool suppressed, allocates, has_width, has_precision, width_is_argument, precision_is_argument, numbered;
  size_t width, precision;
  int longs;   // l 1, ll 2, h -1, hh -2
  bool wide;   // j z t q
  bool long_double;
  char conversion;
};

static const char *number(const char *p, size_t *out) {
  *out = 0;
  while (*p >= '0' && *p <= '9')
    *out = *out < MANY_BYTES ? *out * 10 + (size_t)(*p++ - '0') : (p++, MANY_BYTES);
  return p;
}

static const char *modifiers(const char *p, struct spec *c) {
  for (;; p++)
    switch (*p) {
    case 'l': c->longs++; break;
    case 'h': c->longs--; break;
    case 'j':
    case 'z':
    case 't':
    case 'q': c->wide = true; break;
    case 'L': c->long_double = true; break;
    case 'm': c->allocates = true; break;
    default: return p;
    }
}

static bool flag(char c) { return c == '-' || c == '+' || c == ' ' || c == '#' || c == '0' || c == '\'' || c == 'I'; }

// p stands after the percent sign.
static const char *parse(const char *p, struct spec *c, bool print) {
  *c = (struct spec){0};
  if (!print && *p == '*') {
    c->suppressed = true;
    p++;
  }
  while (print ? flag(*p) : *p == '\'' || *p == 'I')
    p++;
  if (print && *p == '*') {
    c->width_is_argument = true;
    p++;
  } else if (*p >= '0' && *p <= '9') {
    c->has_width = true;
    p = number(p, &c->width);
  }
  if (*p == '$')
    c->numbered = true;
  if (print && *p == '.') {
    p++;
    c->has_precision = true;
    if (*p == '*') {
      c->precision_is_argument = true;
      p++;
    } else {
      p = number(p, &c->precision);
    }
  }
  // In print %m is a conversion, and no length goes with it.
  if (print && *p == 'm') {
    c->conversion = 'm';
    return p + 1;
  }
  p = modifiers(p, c);
  c->conversion = *p;
  return *p ? p + 1 : p;
}

static size_t integer_size(const struct spec *c) {
  if (c->wide || c->long_double || c->longs > 0)
    return 8;
  return c->longs == 0 ? 4 : c->longs == -1 ? 2 : 1;
}

static void read_text(struct rf_self *s, const void *p, const struct spec *c, const struct rf_libsite *lib) {
  if (!p)
    return;
  const size_t most = c->has_precision ? c->precision : SIZE_MAX, unit = c->longs > 0 ? sizeof(wchar_t) : 1;
  size_t n = 0;
  if (unit == 1)
    while (n < most && ((const char *)p)[n])
      n++;
  else
    while (n < most && ((const wchar_t *)p)[n])
      n++;
  rf_check(s, p, (n < most ? n + 1 : n) * unit, RF_CELL_PLAIN, NULL, lib);
}

void rf_format_print(struct rf_self *s, const char *format, va_list args, const struct rf_libsite *lib) {
  struct spec c;
  for (const char *p = format; *p;) {
    if (*p++ != '%')
      continue;
    p = parse(p, &c, true);
    if (c.numbered)
      return;
    if (c.width_is_argument)
      (void)va_arg(args, int);
    if (c.precision_is_argument) {
      const int precision = va_arg(args, int);
      c.has_precision = precision >= 0;
      c.precision = (size_t)precision;
    }
    switch (c.conversion) {
    case 'd': case 'i': case 'o': case 'u': case 'x': case 'X': case 'c': case 'C':
      (void)va_arg(args, long); // any integer argument fills one slot
      break;
    case 'a': case 'A': case 'e': case 'E': case 'f': case 'F': case 'g': case 'G':
      if (c.long_double)
        (void)va_arg(args, long double);
      else
        (void)va_arg(args, double);
      break;
    case 'S':
      c.longs = 1; // fall through
    case 's':
      read_text(s, va_arg(args, const void *), &c, lib);
      break;
    case 'p':
      (void)va_arg(args, void *);
      break;
    case 'n':
      rf_check(s, va_arg(args, void *), integer_size(&c), RF_CELL_PLAIN | RF_CELL_WRITE, NULL, lib);
      break;
    case 'm': case '%':
      break;
    default: // an extension: what follows cannot be told
      return;
    }
  }
}

static const char *skip_set(const char *p) {
  if (*p == '^')
    p++;
  if (*p == ']')
    p++;
  while (*p && *p != ']')
    p++;
  return *p ? p + 1 : p;
}

// Bytes that a conversion stored at `to`.
static size_t stored(const struct spec *c, const void *to) {
  const size_t unit = c->longs > 0 ? sizeof(wchar_t) : 1;
  switch (c->conversion) {
  case 'a': case 'A': case 'e': case 'E': case 'f': case 'F': case 'g': case 'G':
    return c->long_double ? sizeof(long double) : c->longs > 0 ? sizeof(double) : sizeof(float);
  case 'c':
    return c->allocates ? sizeof(void *) : (c->has_width ? c->width : 1) * unit;
  case 's': case '[':
    if (c->allocates)
      return sizeof(void *);
    return unit == 1 ? LEN(to) + 1 : (wcslen(to) + 1) * unit;
  case 'p':
    return sizeof(void *);
  default:
    return integer_size(c);
  }
}

void rf_format_scan(struct rf_self *s, const char *format, va_list args, int assigned, const struct rf_libsite *lib) {
  struct spec c;
  for (const char *p = format; *p;) {
    if (*p++ != '%')
      continue;
    p = parse(p, &c, false);
    if (c.numbered || !c.conversion)
      return;
    if (c.conversion == '[')
      p = skip_set(p);
    if (c.suppressed || c.conversion == '%')
      continue;
    // A %n after the last assignment may or may not have been reached.
    if (assigned <= 0)
      return;
    void *to = va_arg(args, void *);
    rf_check(s, to, stored(&c, to), RF_CELL_PLAIN | RF_CELL_WRITE, NULL, lib);
    if (c.conversion != 'n')
      assigned--;
  }
}
