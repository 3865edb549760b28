#include "output.h"

#include "buffer.h"
#include "fail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// A device or a pipe cannot be replaced by a file.
static bool is_special(const char *path) {
  struct stat s;
  return stat(path, &s) == 0 && !S_ISREG(s.st_mode) && !S_ISDIR(s.st_mode);
}

void output_open(struct output *o, const char *path) {
  *o = (struct output){.file = stdout};
  if (!path || strcmp(path, "-") == 0)
    return;
  o->path = path;
  if (is_special(path)) {
    o->file = fopen(path, "we");
  } else {
    struct buffer name = {0};
    buffer_printf(&name, "%s.XXXXXX", path);
    o->beside = name.at;
    const int fd = mkstemp(o->beside);
    const mode_t mask = umask(0);
    umask(mask);
    if (fd >= 0)
      fchmod(fd, 0666 & ~mask);
    o->file = fd >= 0 ? fdopen(fd, "w") : NULL;
  }
  if (!o->file)
    fail(STATUS_FAILED, "%s: cannot be written: %s", path, strerror(errno));
}

void output_close(struct output *o) {
  const bool failed = ferror(o->file) != 0;
  const bool closed = (o->path ? fclose(o->file) : fflush(o->file)) == 0;
  const int error = errno;
  if (!failed && closed && (!o->beside || rename(o->beside, o->path) == 0)) {
    free(o->beside);
    return;
  }
  if (o->beside)
    unlink(o->beside);
  fail(STATUS_FAILED, "%s: cannot be written: %s", o->path ? o->path : "standard output",
       failed || !closed ? strerror(error) : strerror(errno));
}
