// Memory and string functions: what they read and write on behalf of their caller. One row per function:
// prototype, arguments, what is touched before the call, what after it. Nothing is judged for callers in
// code without checks: memory that only they touch is theirs.
#include "rf_intercept.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define TOUCH(kind, p, n) rf_check(s, p, n, kind, NULL, &site)
#define READ(p, n) TOUCH(RF_CELL_PLAIN, p, n)
#define WRITE(p, n) TOUCH(RF_CELL_PLAIN | RF_CELL_WRITE, p, n)
#define NOTHING ((void)0)

#define JUDGE(effects)                                                                                       \
  if (!rf_stands_aside() && rf_modules_judge(__builtin_return_address(0))) {                                 \
    struct rf_self *s = rf_enter();                                                                          \
    effects;                                                                                                 \
    rf_leave(s);                                                                                             \
  }

// The result is known: reads up to where the function had to look.
#define ROW(ret, name, params, args, before, after)                                                          \
  RF_REAL(ret, name, params);                                                                                \
  RF_INTERCEPTOR ret name params {                                                                           \
    static const struct rf_libsite site = RF_LIBSITE(#name);                                                 \
    (void)site;                                                                                              \
    if (!real_##name)                                                                                        \
      RF_READY();                                                                                            \
    JUDGE(before)                                                                                            \
    ret r = real_##name args;                                                                                \
    JUDGE(after)                                                                                             \
    return r;                                                                                                \
  }

// ---- Blocks. These three are also called before start-up and by the memory intrinsics of compiled code ----

extern void *rf_private_memcpy(void *, const void *, size_t);
extern void *rf_private_memmove(void *, const void *, size_t);
extern void *rf_private_memset(void *, int, size_t);

void *(*rf_real_memcpy)(void *, const void *, size_t) = rf_private_memcpy;
void *(*rf_real_memmove)(void *, const void *, size_t) = rf_private_memmove;
void *(*rf_real_memset)(void *, int, size_t) = rf_private_memset;
#define BLOCK_ROW(name)                                                                                      \
  static const struct rf_real_row rf_row_##name __attribute__((section("rf_reals"), used)) = {               \
      #name, (void **)&rf_real_##name}
BLOCK_ROW(memcpy);
BLOCK_ROW(memmove);
BLOCK_ROW(memset);

// abi/rf_redirect.h binds the names memcpy, memmove and memset of this very file elsewhere, so the exported
// ones are made by alias.
RF_INTERCEPTOR void *rf_export_memcpy(void *to, const void *from, size_t n) {
  static const struct rf_libsite site = RF_LIBSITE("memcpy");
  JUDGE(READ(from, n); WRITE(to, n))
  return rf_real_memcpy(to, from, n);
}
RF_INTERCEPTOR void *rf_export_memmove(void *to, const void *from, size_t n) {
  static const struct rf_libsite site = RF_LIBSITE("memmove");
  JUDGE(READ(from, n); WRITE(to, n))
  return rf_real_memmove(to, from, n);
}
RF_INTERCEPTOR void *rf_export_memset(void *to, int byte, size_t n) {
  static const struct rf_libsite site = RF_LIBSITE("memset");
  JUDGE(WRITE(to, n))
  return rf_real_memset(to, byte, n);
}

ROW(void *, mempcpy, (void *to, const void *from, size_t n), (to, from, n), READ(from, n); WRITE(to, n), NOTHING)
ROW(int, memcmp, (const void *a, const void *b, size_t n), (a, b, n), READ(a, n); READ(b, n), NOTHING)
ROW(int, bcmp, (const void *a, const void *b, size_t n), (a, b, n), READ(a, n); READ(b, n), NOTHING)
ROW(void *, memchr, (const void *p, int c, size_t n), (p, c, n), NOTHING,
    READ(p, r ? (size_t)((char *)r - (char *)p) + 1 : n))
ROW(void *, memrchr, (const void *p, int c, size_t n), (p, c, n), READ(p, n), NOTHING)
ROW(void *, memmem, (const void *h, size_t hn, const void *n, size_t nn), (h, hn, n, nn), READ(h, hn);
    READ(n, nn), NOTHING)
ROW(void *, memccpy, (void *restrict to, const void *restrict from, int c, size_t n), (to, from, c, n), NOTHING,
    const size_t m = r ? (size_t)((char *)r - (char *)to) : n;
    READ(from, m); WRITE(to, m))

// ---- Strings ----

#define LEN(p) real_strlen(p)

ROW(size_t, strlen, (const char *p), (p), NOTHING, READ(p, r + 1))
ROW(size_t, strnlen, (const char *p, size_t n), (p, n), NOTHING, READ(p, r < n ? r + 1 : n))
ROW(char *, strcpy, (char *restrict to, const char *restrict from), (to, from), const size_t n = LEN(from) + 1;
    READ(from, n); WRITE(to, n), NOTHING)
ROW(char *, stpcpy, (char *restrict to, const char *restrict from), (to, from), const size_t n = LEN(from) + 1;
    READ(from, n); WRITE(to, n), NOTHING)
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
ROW(char *, strstr, (const char *h, const char *n), (h, n), READ(h, LEN(h) + 1); READ(n, LEN(n) + 1), NOTHING)
ROW(size_t, strspn, (const char *p, const char *set), (p, set), READ(set, LEN(set) + 1), READ(p, r + 1))
ROW(size_t, strcspn, (const char *p, const char *set), (p, set), READ(set, LEN(set) + 1), READ(p, r + 1))
ROW(char *, strpbrk, (const char *p, const char *set), (p, set), READ(p, LEN(p) + 1); READ(set, LEN(set) + 1), NOTHING)

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
