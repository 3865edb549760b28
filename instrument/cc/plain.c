#include "plain.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void write_string(FILE *f, const char *s) {
  fputs("\t.asciz \"", f);
  for (; *s; s++) {
    unsigned char c = (unsigned char)*s;
    if (c < ' ' || c >= 127 || c == '"' || c == '\\')
      fprintf(f, "\\%03o", c);
    else
      fputc(c, f);
  }
  fputs("\"\n", f);
}

char *plain_write(const struct vec *names) {
  const char *dir = getenv("TMPDIR");
  char *path = format("%s/redflag-XXXXXX.s", dir && *dir ? dir : "/tmp");
  int fd = mkstemps(path, 2);
  FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
  if (!f)
    return NULL;
  fputs("\t.section redflag_plain,\"aR\",@progbits\n", f);
  for (size_t i = 0; i < names->n; i++)
    write_string(f, names->v[i]);
  fputs("\t.section .note.GNU-stack,\"\",@progbits\n", f);
  if (fclose(f)) {
    unlink(path);
    return NULL;
  }
  return path;
}
