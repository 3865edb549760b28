#include "demangle.h"

#include <stdlib.h>
#include <string.h>

// Longer names are shown as they are: what they stand for would fill pages.
#define MANGLED_MAX 4096

// Of the C++ library (Itanium C++ ABI, 3.4).
char *__cxa_demangle(const char *mangled, char *out, size_t *size, int *status);

void demangle_add(struct buffer *b, const char *name) {
  int status = -1;
  // What the compiler appends to parts of a function (`.cold`) is no part of the mangled name.
  const char *dot = strchr(name, '.');
  char *copy = NULL, *text = NULL;
  if (strncmp(name, "_Z", 2) == 0 && strlen(name) <= MANGLED_MAX) {
    copy = strndup(name, dot ? (size_t)(dot - name) : strlen(name));
    text = copy ? __cxa_demangle(copy, NULL, NULL, &status) : NULL;
  }
  buffer_add(b, text ? text : name);
  if (text && dot)
    buffer_printf(b, " (%s)", dot + 1);
  free(text);
  free(copy);
}
