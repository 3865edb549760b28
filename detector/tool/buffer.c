#include "buffer.h"

#include "fail.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- Memory ----

void *checked_alloc(size_t n) {
  void *p = calloc(1, n ? n : 1);
  if (!p)
    fail(STATUS_FAILED, "out of memory");
  return p;
}

void *checked_grow(void *p, size_t n) {
  void *q = realloc(p, n ? n : 1);
  if (!q)
    fail(STATUS_FAILED, "out of memory");
  return q;
}

char *checked_copy(const char *s) { return strcpy(checked_alloc(strlen(s) + 1), s); }

// ---- Text ----

void buffer_free(struct buffer *b) {
  free(b->at);
  *b = (struct buffer){0};
}

void buffer_add_n(struct buffer *b, const char *s, size_t n) {
  if (b->len + n + 1 > b->cap) {
    b->cap = (b->len + n + 1) * 2;
    b->at = checked_grow(b->at, b->cap);
  }
  memcpy(b->at + b->len, s, n);
  b->len += n;
  b->at[b->len] = 0;
}

void buffer_add(struct buffer *b, const char *s) { buffer_add_n(b, s, strlen(s)); }

void buffer_printf(struct buffer *b, const char *format, ...) {
  va_list ap, again;
  va_start(ap, format);
  va_copy(again, ap);
  const int n = vsnprintf(NULL, 0, format, ap);
  va_end(ap);
  char *text = checked_alloc((size_t)n + 1);
  vsnprintf(text, (size_t)n + 1, format, again);
  va_end(again);
  buffer_add_n(b, text, (size_t)n);
  free(text);
}

const char *buffer_text(const struct buffer *b) { return b->at ? b->at : ""; }

// ---- Escapes ----

#define REPLACEMENT 0xfffd

// The code point at *s, which moves behind it; U+FFFD for what is no UTF-8.
static uint32_t next(const char **s) {
  static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
  const unsigned char *p = (const unsigned char *)*s;
  const unsigned more = *p >= 0xf0 ? 3 : *p >= 0xe0 ? 2 : *p >= 0xc0 ? 1 : 0;
  uint32_t c = more ? *p & (0x3fu >> more) : *p;
  unsigned i = 1;
  for (; i <= more && (p[i] & 0xc0) == 0x80; i++)
    c = c << 6 | (p[i] & 0x3f);
  *s += i;
  if (i != more + 1 || (!more && c >= 0x80) || c < least[more] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
    return REPLACEMENT;
  return c;
}

static void add_point(struct buffer *b, uint32_t c, const char *at, size_t n) {
  if (c == REPLACEMENT)
    buffer_add(b, "\xef\xbf\xbd");
  else
    buffer_add_n(b, at, n);
}

// Controls of either half, and those that reorder the text around them.
static bool steers(uint32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || (c >= 0x200e && c <= 0x200f) ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

void buffer_add_plain(struct buffer *b, const char *s, bool keeps_lines) {
  while (*s) {
    const char *begin = s;
    const uint32_t c = next(&s);
    if (steers(c) && !(keeps_lines && (c == '\n' || c == '\t')))
      buffer_add(b, "?");
    else
      add_point(b, c, begin, (size_t)(s - begin));
  }
}

struct escape {
  char from;
  const char *to;
};

// Characters of the table become their text; what XML does not allow becomes a question mark.
static void add_escaped(struct buffer *b, const char *s, const struct escape *table) {
  while (*s) {
    const char *begin = s;
    const uint32_t c = next(&s);
    const struct escape *e = table;
    while (e->from && (uint32_t)(unsigned char)e->from != c)
      e++;
    if (e->from)
      buffer_add(b, e->to);
    else if ((steers(c) && c != '\n' && c != '\t') || c == 0xfffe || c == 0xffff)
      buffer_add(b, "?");
    else
      add_point(b, c, begin, (size_t)(s - begin));
  }
}

void buffer_add_html(struct buffer *b, const char *s) {
  static const struct escape table[] = {{'&', "&amp;"},  {'<', "&lt;"},   {'>', "&gt;"},
                                        {'"', "&quot;"}, {'\'', "&#39;"}, {0, NULL}};
  add_escaped(b, s, table);
}

void buffer_add_markdown(struct buffer *b, const char *s) {
  static const struct escape table[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'\\', "\\\\"},
                                        {'|', "\\|"},   {'*', "\\*"},  {'_', "\\_"},  {'[', "\\["},
                                        {']', "\\]"},   {'`', "\\`"},  {'#', "\\#"},  {'@', "&#64;"},
                                        {'~', "\\~"},   {'\n', " "},   {'\t', " "},   {0, NULL}};
  add_escaped(b, s, table);
}

void buffer_add_code(struct buffer *b, const char *s) {
  buffer_add(b, "<code>");
  static const struct escape table[] = {{'&', "&amp;"}, {'<', "&lt;"},  {'>', "&gt;"},   {'|', "&#124;"},
                                        {'`', "&#96;"}, {'@', "&#64;"}, {'*', "&#42;"},  {'_', "&#95;"},
                                        {'[', "&#91;"}, {'\n', " "},    {'\\', "&#92;"}, {'~', "&#126;"},
                                        {'\t', " "},    {0, NULL}};
  add_escaped(b, s, table);
  buffer_add(b, "</code>");
}

void buffer_add_uri(struct buffer *b, const char *path) {
  for (; *path; path++)
    if (strchr("-._~/!$&'()*+,;=@", *path) || (*path >= '0' && *path <= '9') ||
        (*path >= 'A' && *path <= 'Z') || (*path >= 'a' && *path <= 'z'))
      buffer_add_n(b, path, 1);
    else
      buffer_printf(b, "%%%02X", (unsigned char)*path);
}
