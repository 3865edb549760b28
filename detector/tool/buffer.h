// Growing text, and the escapes of every format. Memory that cannot be had ends the program with one line.
#ifndef RF_TOOL_BUFFER_H
#define RF_TOOL_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

struct buffer {
  char *at; // NUL-terminated once anything was added; NULL before
  size_t len, cap;
};

void *checked_alloc(size_t n);         // zeroed; never NULL
void *checked_grow(void *p, size_t n); // as realloc; never NULL
char *checked_copy(const char *s);     // as strdup; never NULL

void buffer_free(struct buffer *b);
void buffer_add_n(struct buffer *b, const char *s, size_t n);
void buffer_add(struct buffer *b, const char *s);
void buffer_printf(struct buffer *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
const char *buffer_text(const struct buffer *b); // "" if nothing was added

// Each adds s, which is UTF-8, so that it cannot be taken for anything but text.
void buffer_add_plain(struct buffer *b, const char *s,
                      bool keeps_lines);                   // terminals: no controls, no reordering
void buffer_add_html(struct buffer *b, const char *s);     // HTML and XML, as above
void buffer_add_markdown(struct buffer *b, const char *s); // one line of it
void buffer_add_code(struct buffer *b, const char *s);     // an inline code span
void buffer_add_uri(struct buffer *b, const char *path);   // RFC 3986 path

#endif
