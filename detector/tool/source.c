#include "source.h"

#include "paths.h"

#include <string.h>

#define BYTES_MAX (16L << 20) // a file that is longer is no source

bool source_read(struct source_lines *out, const struct reports *r, const json_t *frame) {
  const long line = (long)field_number(frame, "line");
  FILE *f = line ? paths_open(r, field_text(frame, "file")) : NULL;
  long at = 1, read = 0;
  size_t n = 0;
  if (!f)
    return false;
  out->first = line > SOURCE_AROUND ? line - SOURCE_AROUND : 1;
  out->count = 0;
  for (int c; at <= line + SOURCE_AROUND && read < BYTES_MAX && (c = getc(f)) != EOF; read++) {
    const bool wanted = at >= out->first;
    if (wanted && c != '\n' && c && n + 1 < SOURCE_WIDTH)
      out->line[at - out->first][n++] = (char)c;
    if (wanted && c == '\n') {
      out->line[at - out->first][n] = 0;
      out->count++;
      n = 0;
    }
    at += c == '\n';
  }
  if (n && out->count < sizeof out->line / sizeof *out->line) {
    out->line[out->count][n] = 0;
    out->count++;
  }
  fclose(f);
  return out->count > (size_t)(line - out->first);
}
