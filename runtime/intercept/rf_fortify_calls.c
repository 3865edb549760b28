// What calls become under _FORTIFY_SOURCE: each checks that the destination holds what it is to take, then
// does what the function of the plain name does.
#include "rf_rows.h"

#include <sys/types.h>

#define COPY(ret, name, plain_reads, plain_writes)                                                           \
  ROW(ret, name, (void *to, const void *from, size_t n, size_t room), (to, from, n, room),                   \
      READ(from, plain_reads); WRITE(to, plain_writes), NOTHING)
static size_t looked_at(const char *p, size_t n) {
  size_t i = 0;
  while (i < n && p[i])
    i++;
  return i < n ? i + 1 : n;
}
COPY(void *, __memcpy_chk, n, n)
COPY(void *, __memmove_chk, n, n)
COPY(void *, __mempcpy_chk, n, n)
COPY(char *, __strncpy_chk, looked_at(from, n), n)
COPY(char *, __stpncpy_chk, looked_at(from, n), n)
ROW(void *, __memset_chk, (void *to, int c, size_t n, size_t room), (to, c, n, room), WRITE(to, n), NOTHING)
ROW(char *, __strcpy_chk, (char *to, const char *from, size_t room), (to, from, room), const size_t n = LEN(from) + 1;
    READ(from, n); WRITE(to, n), NOTHING)
ROW(char *, __stpcpy_chk, (char *to, const char *from, size_t room), (to, from, room), const size_t n = LEN(from) + 1;
    READ(from, n); WRITE(to, n), NOTHING)
ROW(char *, __strcat_chk, (char *to, const char *from, size_t room), (to, from, room), const size_t n = LEN(from) + 1;
    const size_t at = LEN(to); READ(from, n); READ(to, at + 1); WRITE(to + at, n), NOTHING)
ROW(char *, __strncat_chk, (char *to, const char *from, size_t n, size_t room), (to, from, n, room),
    const size_t m = looked_at(from, n);
    const size_t at = LEN(to); READ(from, m); READ(to, at + 1); WRITE(to + at, m), NOTHING)
ROW(char *, __getcwd_chk, (char *p, size_t n, size_t room), (p, n, room), NOTHING, if (r && p) WRITE_STRING(p))
ROW(char *, __realpath_chk, (const char *path, char *p, size_t room), (path, p, room), READ_STRING(path),
    if (r && p) WRITE_STRING(p))
ROW(ssize_t, __readlink_chk, (const char *path, char *p, size_t n, size_t room), (path, p, n, room),
    READ_STRING(path), if (r > 0) WRITE(p, (size_t)r))
