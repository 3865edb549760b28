#include "vec.h"
#include "fail.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void vec_push(struct vec *vec, const char *s) {
  if (vec->n + 2 > vec->cap) {
    vec->cap = vec->cap ? 2 * vec->cap : 64;
    vec->v = realloc(vec->v, vec->cap * sizeof *vec->v);
    if (!vec->v)
      fail("out of memory");
  }
  vec->v[vec->n++] = s;
  vec->v[vec->n] = NULL;
}

void vec_append(struct vec *vec, const struct vec *other) {
  for (size_t i = 0; i < other->n; i++)
    vec_push(vec, other->v[i]);
}

char *format(const char *fmt, ...) {
  char *s;
  va_list ap;
  va_start(ap, fmt);
  int n = vasprintf(&s, fmt, ap);
  va_end(ap);
  if (n < 0)
    fail("out of memory");
  return s;
}
