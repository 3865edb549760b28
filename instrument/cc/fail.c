#include "fail.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

const char *program_name = "redflag-cc";

void fail(const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  fprintf(stderr, "%s: error: ", program_name);
  vfprintf(stderr, fmt, ap);
  fputc('\n', stderr);
  va_end(ap);
  exit(1);
}
