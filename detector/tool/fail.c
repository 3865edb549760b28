#include "fail.h"

#include "buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static void say_list(const char *format, va_list ap) {
  char text[8192]; // longer ones are cut
  struct buffer line = {0};
  vsnprintf(text, sizeof text, format, ap);
  buffer_add_plain(&line, text, false);
  fprintf(stderr, "redflag: %s\n", buffer_text(&line));
  buffer_free(&line);
}

void say(const char *format, ...) {
  va_list ap;
  va_start(ap, format);
  say_list(format, ap);
  va_end(ap);
}

void fail(int status, const char *format, ...) {
  va_list ap;
  va_start(ap, format);
  say_list(format, ap);
  va_end(ap);
  exit(status);
}
