// String functions: what they read and write on behalf of their caller.
#include "rf_rows.h"

#include <string.h>

RF_REAL_AS(, rf_real_strlen, size_t, strlen, (const char *));
RF_INTERCEPTOR size_t strlen(const char *p) {
  static const struct rf_libsite site = RF_LIBSITE("strlen");
  if (!rf_real_strlen)
    RF_READY();
  const size_t r = rf_real_strlen(p);
  JUDGE(READ(p, r + 1))
  return r;
}
ROW(size_t, strnlen, (const char *p, size_t n), (p, n), NOTHING, READ(p, r < n ? r + 1 : n))
ROW(char *, strcpy, (char *restrict to, const char *restrict from), (to, from), const size_t n = LEN(from) + 1;
    READ(from, n); WRITE(to, n), NOTHING)
ROW(char *, stpcpy, (char *restrict to, const char *restrict from), (to, from), const size_t n = LEN(from) + 1;
    READ(from, n); WRITE(to, n), NOTHING)
ROW(char *, stpncpy, (char *restrict to, const char *restrict from, size_t n), (to, from, n),
    const size_t m = real_strnlen(from, n);
    READ(from, m < n ? m + 1 : n); WRITE(to, n), NOTHING)
ROW(char *, strncpy, (char *restrict to, const char *restrict from, size_t n), (to, from, n),
    const size_t m = real_strnlen(from, n);
    READ(from, m < n ? m + 1 : n); WRITE(to, n), NOTHING)
ROW(char *, strcat, (char *restrict to, const char *restrict from), (to, from), const size_t n = LEN(from) + 1;
    const size_t at = LEN(to); READ(from, n); READ(to, at + 1); WRITE(to + at, n), NOTHING)
ROW(char *, strncat, (char *restrict to, const char *restrict from, size_t n), (to, from, n),
    const size_t m = real_strnlen(from, n);
    const size_t at = LEN(to); READ(from, m < n ? m + 1 : n); READ(to, at + 1); WRITE(to + at, m + 1), NOTHING)
ROW(char *, strdup, (const char *p), (p), READ(p, LEN(p) + 1), NOTHING)
ROW(char *, strndup, (const char *p, size_t n), (p, n), const size_t m = real_strnlen(p, n);
    READ(p, m < n ? m + 1 : n), NOTHING)
ROW(char *, strchr, (const char *p, int c), (p, c), NOTHING, READ(p, r ? (size_t)(r - p) + 1 : LEN(p) + 1))
ROW(char *, strrchr, (const char *p, int c), (p, c), READ(p, LEN(p) + 1), NOTHING)
ROW(char *, strchrnul, (const char *p, int c), (p, c), NOTHING, READ(p, (size_t)(r - p) + 1))
ROW(char *, strstr, (const char *h, const char *n), (h, n), NOTHING, const size_t m = LEN(n);
    READ(h, r ? (size_t)(r - h) + m : LEN(h) + 1); READ(n, m + 1))
ROW(char *, strcasestr, (const char *h, const char *n), (h, n), NOTHING, const size_t m = LEN(n);
    READ(h, r ? (size_t)(r - h) + m : LEN(h) + 1); READ(n, m + 1))
ROW(size_t, strspn, (const char *p, const char *set), (p, set), READ(set, LEN(set) + 1), READ(p, r + 1))
ROW(size_t, strcspn, (const char *p, const char *set), (p, set), READ(set, LEN(set) + 1), READ(p, r + 1))
ROW(char *, strpbrk, (const char *p, const char *set), (p, set), READ_STRING(set),
    READ(p, r ? (size_t)(r - p) + 1 : LEN(p) + 1))

// Comparisons look no further than the first difference.
static size_t compared(const char *a, const char *b, size_t n) {
  size_t i = 0;
  while (i < n && a[i] && a[i] == b[i])
    i++;
  return i < n ? i + 1 : n;
}
static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }
static size_t compared_case(const char *a, const char *b, size_t n) {
  size_t i = 0;
  while (i < n && a[i] && lower(a[i]) == lower(b[i]))
    i++;
  return i < n ? i + 1 : n;
}
#define BOTH(n)                                                                                              \
  const size_t m = n;                                                                                        \
  READ(a, m);                                                                                                \
  READ(b, m)
ROW(int, strcmp, (const char *a, const char *b), (a, b), BOTH(compared(a, b, SIZE_MAX)), NOTHING)
ROW(int, strncmp, (const char *a, const char *b, size_t n), (a, b, n), BOTH(compared(a, b, n)), NOTHING)
ROW(int, strcasecmp, (const char *a, const char *b), (a, b), BOTH(compared_case(a, b, SIZE_MAX)), NOTHING)
ROW(int, strncasecmp, (const char *a, const char *b, size_t n), (a, b, n), BOTH(compared_case(a, b, n)), NOTHING)

// ---- Words: the delimiter after a word is overwritten, if there is one ----

#define CUT(from, delimited)                                                                                 \
  if (r) {                                                                                                   \
    const size_t n = LEN(r);                                                                                 \
    READ(from, (size_t)(r - (from)) + n + 1);                                                                \
    if (delimited)                                                                                           \
      WRITE(r + n, 1);                                                                                       \
  }

RF_INTERCEPT(char *, strtok_r, (char *restrict p, const char *restrict set, char **restrict save)) {
  static const struct rf_libsite site = RF_LIBSITE("strtok_r");
  JUDGE(READ_STRING(set); READ(save, p ? 0 : sizeof *save))
  char *const from = p ? p : *save;
  char *const r = real_strtok_r(p, set, save);
  JUDGE(WRITE(save, sizeof *save); CUT(from, *save == r + n + 1))
  return r;
}
RF_INTERCEPT(char *, strsep, (char **restrict p, const char *restrict set)) {
  static const struct rf_libsite site = RF_LIBSITE("strsep");
  char *const r = real_strsep(p, set);
  JUDGE(READ_STRING(set); WRITE(p, sizeof *p); CUT(r, *p))
  return r;
}
// Where the one before ended the C library keeps to itself: of a first word the delimiter is known.
RF_INTERCEPT(char *, strtok, (char *restrict p, const char *restrict set)) {
  static const struct rf_libsite site = RF_LIBSITE("strtok");
  bool delimited = false;
  if (p) {
    const size_t skipped = real_strspn(p, set);
    delimited = p[skipped + real_strcspn(p + skipped, set)];
  }
  char *const r = real_strtok(p, set);
  JUDGE(READ_STRING(set); CUT((p ? p : r), delimited))
  return r;
}

// ---- Collation and copies under the locale's rules look at everything ----

ROW(int, strcoll, (const char *a, const char *b), (a, b), READ_STRING(a); READ_STRING(b), NOTHING)
ROW(size_t, strxfrm, (char *restrict to, const char *restrict from, size_t n), (to, from, n), READ_STRING(from),
    if (r < n) WRITE(to, r + 1))
ROW(int, strverscmp, (const char *a, const char *b), (a, b), BOTH(compared(a, b, SIZE_MAX)), NOTHING)

// ---- Numbers: read up to the first character that is none of theirs ----

#define NUMBER(ret, name)                                                                                    \
  RF_INTERCEPT(ret, name, (const char *restrict p, char **restrict end)) {                                   \
    static const struct rf_libsite site = RF_LIBSITE(#name);                                                 \
    char *stop;                                                                                              \
    const ret r = real_##name(p, &stop);                                                                     \
    JUDGE(READ(p, (size_t)(stop - p) + 1); WRITE_IF(end, sizeof *end))                                       \
    if (end)                                                                                                 \
      *end = stop;                                                                                           \
    return r;                                                                                                \
  }
#define NUMBER_BASE(ret, name)                                                                               \
  RF_INTERCEPT(ret, name, (const char *restrict p, char **restrict end, int base)) {                         \
    static const struct rf_libsite site = RF_LIBSITE(#name);                                                 \
    char *stop = (char *)p;                                                                                  \
    const ret r = real_##name(p, &stop, base);                                                               \
    JUDGE(READ(p, (size_t)(stop - p) + 1); WRITE_IF(end, sizeof *end))                                       \
    if (end)                                                                                                 \
      *end = stop;                                                                                           \
    return r;                                                                                                \
  }
#define NUMBER_PLAIN(ret, name, with)                                                                        \
  RF_INTERCEPT(ret, name, (const char *p)) {                                                                 \
    static const struct rf_libsite site = RF_LIBSITE(#name);                                                 \
    char *stop;                                                                                              \
    const ret r = (ret)with;                                                                                 \
    JUDGE(READ(p, (size_t)(stop - p) + 1))                                                                   \
    return r;                                                                                                \
  }
NUMBER(double, strtod)
NUMBER(float, strtof)
NUMBER(long double, strtold)
NUMBER_BASE(long, strtol)
NUMBER_BASE(long long, strtoll)
NUMBER_BASE(unsigned long, strtoul)
NUMBER_BASE(unsigned long long, strtoull)
NUMBER_BASE(intmax_t, strtoimax)
NUMBER_BASE(uintmax_t, strtoumax)
NUMBER_PLAIN(int, atoi, real_strtol(p, &stop, 10))
NUMBER_PLAIN(long, atol, real_strtol(p, &stop, 10))
NUMBER_PLAIN(long long, atoll, real_strtoll(p, &stop, 10))
NUMBER_PLAIN(double, atof, real_strtod(p, &stop))
