#include "paths.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *given_root;

void paths_set_root(const char *directory) { given_root = directory; }

static const char *root(void) {
  static char real[PATH_MAX];
  if (!*real && !realpath(given_root ? given_root : ".", real))
    snprintf(real, sizeof real, "/");
  return real;
}

// Each part of the path is kept, dropped, or takes the one before it away.
static void normalise(struct buffer *b, const char *path) {
  const bool absolute = *path == '/';
  const size_t begin = b->len;
  size_t kept = 0; // parts that a `..` can take away
  if (absolute)
    buffer_add(b, "/");
  for (size_t n; *path; path += n) {
    path += strspn(path, "/");
    n = strcspn(path, "/");
    if (!n || (n == 1 && *path == '.'))
      continue;
    if (n == 2 && path[0] == '.' && path[1] == '.') {
      if (kept) {
        while (b->len > begin + absolute && b->at[b->len - 1] != '/')
          b->len--;
        b->len -= b->len > begin + absolute;
        b->at[b->len] = 0;
        kept--;
        continue;
      }
      if (absolute)
        continue;
    } else
      kept++;
    if (b->len > begin + absolute)
      buffer_add(b, "/");
    buffer_add_n(b, path, n);
  }
}

// What stands behind directory in path, NULL: it is not below it.
static const char *below(const char *path, const char *directory) {
  const size_t n = strlen(directory);
  if (n > 1 && strncmp(path, directory, n) == 0 && path[n] == '/')
    return path + n + 1;
  return NULL;
}

bool paths_add(struct buffer *b, const struct reports *r, const char *file) {
  struct buffer whole = {0};
  normalise(&whole, file);
  const char *name = buffer_text(&whole), *shorter = below(name, root());
  for (size_t i = 0; i < r->bases && !shorter; i++)
    shorter = below(name, r->base[i]);
  name = shorter ? shorter : name;
  const bool relative = *name && *name != '/' && strncmp(name, "../", 3) != 0 && strcmp(name, "..") != 0;
  buffer_add(b, name);
  buffer_free(&whole);
  return relative;
}

// Links are followed, but not out of the project.
static FILE *open_regular(const char *path) {
  char real[PATH_MAX];
  struct stat s;
  if (!realpath(path, real) || !below(real, root()))
    return NULL;
  const int fd = open(real, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
  if (fd < 0)
    return NULL;
  FILE *f = fstat(fd, &s) == 0 && S_ISREG(s.st_mode) ? fdopen(fd, "r") : NULL;
  if (!f)
    close(fd);
  return f;
}

// A report is data that others may have written, and so are the directories in it: of all files that it names
// only those of the project are shown.
FILE *paths_open(const struct reports *r, const char *file) {
  struct buffer name = {0}, path = {0};
  FILE *f = NULL;
  if (paths_add(&name, r, file)) {
    buffer_printf(&path, "%s/%s", root(), buffer_text(&name));
    f = open_regular(buffer_text(&path));
  }
  for (size_t i = 0; i < r->bases && !f; i++) {
    path.len = 0;
    buffer_printf(&path, "%s/%s", r->base[i], buffer_text(&name));
    f = open_regular(buffer_text(&path));
  }
  buffer_free(&name);
  buffer_free(&path);
  return f;
}
