#include "response.h"
#include "fail.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_DEPTH = 16 };

static char *slurp(const char *path) {
  FILE *f = fopen(path, "r");
  if (!f)
    return NULL;
  size_t n = 0, cap = 4096;
  char *buf = malloc(cap + 1);
  while (buf) {
    n += fread(buf + n, 1, cap - n, f);
    if (n < cap)
      break;
    cap *= 2;
    buf = realloc(buf, cap + 1);
  }
  if (!buf)
    fail("out of memory");
  fclose(f);
  buf[n] = '\0';
  return buf;
}

// Unquotes one argument in place. Returns where the next one may start.
static char *take_argument(char *p) {
  char *out = p, quote = 0;
  for (; *p && (quote || !isspace((unsigned char)*p)); p++) {
    if (*p == '\\' && p[1])
      *out++ = *++p;
    else if (quote && *p == quote)
      quote = 0;
    else if (!quote && (*p == '"' || *p == '\''))
      quote = *p;
    else
      *out++ = *p;
  }
  char *next = *p ? p + 1 : p;
  *out = '\0';
  return next;
}

bool response_read(const char *path, struct vec *out, int depth) {
  char *p = depth < MAX_DEPTH ? slurp(path) : NULL;
  if (!p)
    return false;
  for (;;) {
    while (isspace((unsigned char)*p))
      p++;
    if (!*p)
      return true;
    char *arg = p;
    p = take_argument(p);
    if (arg[0] != '@' || !response_read(arg + 1, out, depth + 1))
      vec_push(out, arg);
  }
}
