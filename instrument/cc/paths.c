#include "paths.h"
#include "fail.h"
#include "vec.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *own_dir(void) {
  static char dir[PATH_MAX];
  if (dir[0])
    return dir;
  ssize_t n = readlink("/proc/self/exe", dir, sizeof dir - 1);
  if (n <= 0)
    fail("cannot find my own files: /proc/self/exe is not readable");
  dir[n] = '\0';
  for (int up = 0; up < 2; up++) { // strip the name, then bin/
    char *slash = strrchr(dir, '/');
    if (slash && slash != dir)
      *slash = '\0';
  }
  return dir;
}

char *own_file(const char *name) { return format("%s/lib/redflag/%s", own_dir(), name); }

char *own_file_required(const char *name, const char *what) {
  char *path = own_file(name);
  if (access(path, R_OK))
    fail("%s is missing: %s", what, path);
  return path;
}

static bool is_program(const char *path) {
  struct stat st;
  return !stat(path, &st) && S_ISREG(st.st_mode) && !access(path, X_OK);
}

// A name without a slash is looked up in PATH.
static const char *look_up(const char *name) {
  if (strchr(name, '/'))
    return is_program(name) ? name : NULL;
  const char *path = getenv("PATH");
  while (path && *path) {
    size_t n = strcspn(path, ":");
    char *candidate = format("%.*s%s%s", (int)n, path, n ? "/" : "", name);
    if (is_program(candidate))
      return candidate;
    path += n + (path[n] == ':');
  }
  return NULL;
}

static const char *from_environment(const char *variable) {
  const char *value = getenv(variable);
  if (!value || !*value)
    return NULL;
  const char *found = look_up(value);
  if (!found)
    fail("%s=%s is not a program; install clang-19 or set REDFLAG_CLANG", variable, value);
  return found;
}

// The versions that there may be a plugin for, best first.
static const int versions[] = {19, 22};
enum { VERSIONS = sizeof versions / sizeof *versions };

char *find_plugin(int version) { return own_file(format("libredflag-pass-%d.so", version)); }

static const char *installed_clang(int version, bool cxx) {
  const char *name = cxx ? "clang++" : "clang";
  const char *found = look_up(format("%s-%d", name, version));
  return found ? found : look_up(format("/usr/lib/llvm-%d/bin/%s", version, name));
}

const char *find_clang(bool cxx, bool *needs_mode) {
  *needs_mode = false;
  const char *found = cxx ? from_environment("REDFLAG_CLANGXX") : NULL;
  if (found)
    return found;
  found = from_environment("REDFLAG_CLANG");
  if (found) {
    *needs_mode = cxx;
    return found;
  }
  for (int i = 0; i < VERSIONS; i++)
    if ((i == 0 || !access(find_plugin(versions[i]), R_OK)) && (found = installed_clang(versions[i], cxx)))
      return found;
  fail("clang-19 was not found; install clang-19 or set REDFLAG_CLANG");
}

// The number after the last `what` in path, 0: none.
static int number_after(const char *path, const char *what) {
  int number = 0;
  for (const char *at = path; (at = strstr(at, what)); at += strlen(what))
    if (at[strlen(what)] >= '0' && at[strlen(what)] <= '9')
      number = atoi(at + strlen(what));
  return number;
}

static int asked_version(const char *clang) {
  char *command = format("'%s' -dumpversion 2>/dev/null", clang);
  FILE *f = strchr(clang, '\'') ? NULL : popen(command, "r");
  int version = 0;
  if (f && fscanf(f, "%d", &version) != 1)
    version = 0;
  if (f)
    pclose(f);
  free(command);
  return version;
}

int clang_version(const char *clang) {
  int version = number_after(clang, "clang-");
  if (!version)
    version = number_after(clang, "clang++-");
  char *real = version ? NULL : realpath(clang, NULL);
  if (real)
    version = number_after(real, "/llvm-");
  free(real);
  return version ? version : asked_version(clang);
}

char *clang_library(const char *clang, const char *name, char **dir) {
  char *real = realpath(clang, NULL);
  char *slash = real ? strrchr(real, '/') : NULL;
  if (!slash)
    return NULL;
  *slash = '\0';
  if (!(slash = strrchr(real, '/')))
    return NULL;
  *slash = '\0';
  *dir = format("%s/lib", real);
  free(real);
  char *path = format("%s/%s", *dir, name);
  return access(path, R_OK) ? NULL : path;
}
