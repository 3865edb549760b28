#include "prefix.h"

#include <limits.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

const char *own_prefix(void) {
  static char path[PATH_MAX];
  const ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
  if (n <= 0)
    return NULL;
  path[n] = 0;
  for (int up = 0; up < 2; up++) { // strip the name, then bin/
    char *slash = strrchr(path, '/');
    if (slash)
      *slash = 0;
  }
  return path;
}
