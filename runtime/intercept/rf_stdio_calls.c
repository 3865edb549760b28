// Standard streams: what they read and write of their caller's memory, and the explicit locks.
// Every call locks its FILE (POSIX flockfile), which orders nothing here: two threads that happen to log
// to one stream have not agreed on anything, and the next run may print in the other order. Nothing false
// follows, since what lies inside a FILE is touched by the C library alone. flockfile is the program's own
// word that an order is meant.
// The header's names are redirected (scanf is __isoc99_scanf), so the prototypes here are this file's own.
#include "rf_format.h"
#include "rf_object.h"
#include "rf_rows.h"

#include <bits/types/struct_FILE.h>
#include <stdarg.h>
#include <sys/types.h>

typedef struct _IO_FILE FILE;

// What a stream writes or reads goes through its descriptor, at a moment that its buffer decides.
static void stream_give(const FILE *f) {
  if (f && f->_fileno >= 0)
    rf_fd_give(f->_fileno);
}
static void stream_take(const FILE *f) {
  if (f->_fileno >= 0)
    rf_fd_take(f->_fileno);
}

// ---- Locks ----

RF_INTERCEPT(void, flockfile, (FILE * f)) {
  real_flockfile(f);
  rf_take((uintptr_t)f);
}
RF_INTERCEPT(int, ftrylockfile, (FILE * f)) {
  const int r = real_ftrylockfile(f);
  if (!r)
    rf_take((uintptr_t)f);
  return r;
}
RF_INTERCEPT(void, funlockfile, (FILE * f)) {
  rf_give((uintptr_t)f);
  real_funlockfile(f);
}

// ---- Blocks, lines, characters ----

// Like ROW, with the stream's own edges, which do not depend on who calls.
#define OUTPUT(ret, name, params, args, before)                                                              \
  RF_INTERCEPT(ret, name, params) {                                                                          \
    static const struct rf_libsite site = RF_LIBSITE(#name);                                                 \
    (void)site;                                                                                              \
    if (!real_##name)                                                                                        \
      RF_READY();                                                                                            \
    JUDGE(before)                                                                                            \
    stream_give(f);                                                                                          \
    return real_##name args;                                                                                 \
  }
#define INPUT(ret, name, params, args, before, after)                                                        \
  RF_INTERCEPT(ret, name, params) {                                                                          \
    static const struct rf_libsite site = RF_LIBSITE(#name);                                                 \
    (void)site;                                                                                              \
    if (!real_##name)                                                                                        \
      RF_READY();                                                                                            \
    JUDGE(before)                                                                                            \
    ret r = real_##name args;                                                                                \
    stream_take(f);                                                                                          \
    JUDGE(after)                                                                                             \
    return r;                                                                                                \
  }

INPUT(size_t, fread, (void *restrict p, size_t size, size_t n, FILE *restrict f), (p, size, n, f), NOTHING,
      WRITE(p, r *size))
INPUT(size_t, fread_unlocked, (void *restrict p, size_t size, size_t n, FILE *restrict f), (p, size, n, f), NOTHING,
      WRITE(p, r *size))
INPUT(size_t, __fread_chk, (void *p, size_t room, size_t size, size_t n, FILE *f), (p, room, size, n, f), NOTHING,
      WRITE(p, r *size))
INPUT(char *, fgets, (char *restrict p, int n, FILE *restrict f), (p, n, f), NOTHING, if (r) WRITE_STRING(p))
INPUT(char *, __fgets_chk, (char *p, size_t room, int n, FILE *f), (p, room, n, f), NOTHING, if (r) WRITE_STRING(p))
INPUT(ssize_t, getdelim, (char **restrict p, size_t *restrict n, int c, FILE *restrict f), (p, n, c, f),
      READ(p, sizeof *p), WRITE(p, sizeof *p); WRITE(n, sizeof *n); if (r >= 0) WRITE(*p, (size_t)r + 1))
INPUT(ssize_t, getline, (char **restrict p, size_t *restrict n, FILE *restrict f), (p, n, f), READ(p, sizeof *p),
      WRITE(p, sizeof *p); WRITE(n, sizeof *n); if (r >= 0) WRITE(*p, (size_t)r + 1))
OUTPUT(size_t, fwrite, (const void *restrict p, size_t size, size_t n, FILE *restrict f), (p, size, n, f),
       READ(p, n *size))
OUTPUT(size_t, fwrite_unlocked, (const void *restrict p, size_t size, size_t n, FILE *restrict f), (p, size, n, f),
       READ(p, n *size))
OUTPUT(int, fputs, (const char *restrict p, FILE *restrict f), (p, f), READ_STRING(p))
OUTPUT(int, fflush, (FILE * f), (f), NOTHING)
OUTPUT(int, fclose, (FILE * f), (f), NOTHING)

// A character that stays within the buffer tells nobody anything.
#define PUT(name)                                                                                            \
  RF_INTERCEPT(int, name, (int c, FILE *f)) {                                                                \
    if (!rf_stands_aside() && f->_IO_write_ptr >= f->_IO_write_end)                                          \
      stream_give(f);                                                                                        \
    return real_##name(c, f);                                                                                \
  }
#define GET(name)                                                                                            \
  RF_INTERCEPT(int, name, (FILE * f)) {                                                                      \
    const bool empty = f->_IO_read_ptr >= f->_IO_read_end;                                                   \
    const int r = real_##name(f);                                                                            \
    if (empty)                                                                                               \
      stream_take(f);                                                                                        \
    return r;                                                                                                \
  }
PUT(fputc)
PUT(putc)
GET(fgetc)
GET(getc)

extern FILE *stdout, *stdin;
RF_INTERCEPT(int, puts, (const char *p)) {
  static const struct rf_libsite site = RF_LIBSITE("puts");
  JUDGE(READ_STRING(p))
  stream_give(stdout);
  return real_puts(p);
}

// ---- Names ----

ROW(FILE *, fopen, (const char *restrict path, const char *restrict mode), (path, mode), READ_STRING(path);
    READ_STRING(mode), NOTHING)
ROW(FILE *, fopen64, (const char *restrict path, const char *restrict mode), (path, mode), READ_STRING(path);
    READ_STRING(mode), NOTHING)
ROW(FILE *, popen, (const char *command, const char *mode), (command, mode), READ_STRING(command), NOTHING)
ROW(int, remove, (const char *path), (path), READ_STRING(path), NOTHING)
ROW_VOID(perror, (const char *p), (p), if (p) READ_STRING(p), NOTHING)

// ---- Formats ----
// Each row is a pair: the function that takes a va_list, and the variadic one that calls the same real one.
// The input of scanf is judged at its first character: how far it looked only the C library knows.

static bool judged(const void *caller) { return !rf_stands_aside() && rf_modules_judge(caller); }

static void print_before(const char *format, va_list ap, const struct rf_libsite *lib) {
  va_list seen;
  va_copy(seen, ap);
  struct rf_self *s = rf_enter();
  rf_check(s, format, LEN(format) + 1, RF_CELL_PLAIN, NULL, lib);
  rf_format_print(s, format, seen, lib);
  rf_leave(s);
  va_end(seen);
}

static void touched(const void *p, size_t n, uint64_t kind, const struct rf_libsite *lib) {
  struct rf_self *s = rf_enter();
  rf_check(s, p, n, kind, NULL, lib);
  rf_leave(s);
}

static void scan_after(const char *format, va_list ap, int assigned, const struct rf_libsite *lib) {
  struct rf_self *s = rf_enter();
  rf_check(s, format, LEN(format) + 1, RF_CELL_PLAIN, NULL, lib);
  rf_format_scan(s, format, ap, assigned, lib);
  rf_leave(s);
}

#define PLAIN_WRITE (RF_CELL_PLAIN | RF_CELL_WRITE)

// given: the va_list as the body sees it.
#define BODY(name, v, args, gives, before, takes, after)                                                                   \
  static const struct rf_libsite lib = RF_LIBSITE(#name);                                                    \
  const bool seen = judged(__builtin_return_address(0));                                                     \
  va_list again;                                                                                             \
  if (!real_##v)                                                                                             \
    RF_READY();                                                                                              \
  va_copy(again, ap);                                                                                        \
  gives;                                                                                                     \
  if (seen) {                                                                                                \
    before;                                                                                                  \
  }                                                                                                          \
  const int r = real_##v args;                                                                               \
  takes;                                                                                                     \
  if (seen) {                                                                                                \
    after;                                                                                                   \
  }                                                                                                          \
  va_end(again)

#define FORMAT(name, v, first, args, gives, before, takes, after)                                                          \
  RF_REAL(int, v, (LIST first const char *restrict format, va_list ap));                                     \
  RF_INTERCEPTOR int v(LIST first const char *restrict format, va_list ap) {                                 \
    BODY(v, v, args, gives, before, takes, after);                                                                         \
    return r;                                                                                                \
  }                                                                                                          \
  RF_INTERCEPTOR int name(LIST first const char *restrict format, ...) {                                     \
    va_list ap;                                                                                              \
    va_start(ap, format);                                                                                    \
    BODY(name, v, args, gives, before, takes, after);                                                                      \
    va_end(ap);                                                                                              \
    return r;                                                                                                \
  }
#define LIST(...) __VA_ARGS__

#define PRINTED print_before(format, again, &lib)
#define FILLED(p, n)                                                                                         \
  if (r >= 0 && (n))                                                                                         \
  touched(p, (size_t)r < (n) ? (size_t)r + 1 : (n), PLAIN_WRITE, &lib)
#define ALLOCATED                                                                                            \
  if (r >= 0)                                                                                                \
  touched(p, sizeof *p, PLAIN_WRITE, &lib)
#define SCANNED scan_after(format, again, r, &lib)

FORMAT(printf, vprintf, (), (format, ap), stream_give(stdout), PRINTED, NOTHING, NOTHING)
FORMAT(fprintf, vfprintf, (FILE *restrict f, ), (f, format, ap), stream_give(f), PRINTED, NOTHING, NOTHING)
FORMAT(dprintf, vdprintf, (int fd, ), (fd, format, ap), rf_fd_give(fd), PRINTED, NOTHING, NOTHING)
FORMAT(sprintf, vsprintf, (char *restrict p, ), (p, format, ap), NOTHING, PRINTED, NOTHING, FILLED(p, SIZE_MAX))
FORMAT(snprintf, vsnprintf, (char *restrict p, size_t n, ), (p, n, format, ap), NOTHING, PRINTED, NOTHING, FILLED(p, n))
FORMAT(asprintf, vasprintf, (char **restrict p, ), (p, format, ap), NOTHING, PRINTED, NOTHING, ALLOCATED)
FORMAT(__printf_chk, __vprintf_chk, (int flag, ), (flag, format, ap), stream_give(stdout), PRINTED, NOTHING, NOTHING)
FORMAT(__fprintf_chk, __vfprintf_chk, (FILE *restrict f, int flag, ), (f, flag, format, ap), stream_give(f), PRINTED, NOTHING, NOTHING)
FORMAT(__sprintf_chk, __vsprintf_chk, (char *restrict p, int flag, size_t room, ), (p, flag, room, format, ap), NOTHING, PRINTED, NOTHING, FILLED(p, SIZE_MAX))
FORMAT(__snprintf_chk, __vsnprintf_chk, (char *restrict p, size_t n, int flag, size_t room, ),
       (p, n, flag, room, format, ap), NOTHING, PRINTED, NOTHING, FILLED(p, n))
FORMAT(__asprintf_chk, __vasprintf_chk, (char **restrict p, int flag, ), (p, flag, format, ap), NOTHING, PRINTED, NOTHING, ALLOCATED)
FORMAT(sscanf, vsscanf, (const char *restrict p, ), (p, format, ap), NOTHING, touched(p, 1, RF_CELL_PLAIN, &lib), NOTHING, SCANNED)
FORMAT(fscanf, vfscanf, (FILE *restrict f, ), (f, format, ap), NOTHING, NOTHING, stream_take(f), SCANNED)
FORMAT(scanf, vscanf, (), (format, ap), NOTHING, NOTHING, stream_take(stdin), SCANNED)
FORMAT(__isoc99_sscanf, __isoc99_vsscanf, (const char *restrict p, ), (p, format, ap), NOTHING, touched(p, 1, RF_CELL_PLAIN, &lib), NOTHING, SCANNED)
FORMAT(__isoc99_fscanf, __isoc99_vfscanf, (FILE *restrict f, ), (f, format, ap), NOTHING, NOTHING, stream_take(f), SCANNED)
FORMAT(__isoc99_scanf, __isoc99_vscanf, (), (format, ap), NOTHING, NOTHING, stream_take(stdin), SCANNED)
