// Memory functions: what they read and write on behalf of their caller.
#include "rf_rows.h"

#include <string.h>
#include <wchar.h>

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
ROW(void *, rawmemchr, (const void *p, int c), (p, c), NOTHING, READ(p, (size_t)((char *)r - (char *)p) + 1))
ROW_VOID(explicit_bzero, (void *p, size_t n), (p, n), WRITE(p, n), NOTHING)
ROW_VOID(bzero, (void *p, size_t n), (p, n), WRITE(p, n), NOTHING)
ROW_VOID(bcopy, (const void *from, void *to, size_t n), (from, to, n), READ(from, n); WRITE(to, n), NOTHING)
ROW_VOID(swab, (const void *restrict from, void *restrict to, ssize_t n), (from, to, n), if (n > 1) {
  READ(from, (size_t)n & ~(size_t)1);
  WRITE(to, (size_t)n & ~(size_t)1);
}, NOTHING)

// ---- Wide characters ----

#define WIDE(n) ((n) * sizeof(wchar_t))
#define WLEN(p) real_wcslen(p)
ROW(size_t, wcslen, (const wchar_t *p), (p), NOTHING, READ(p, WIDE(r + 1)))
ROW(size_t, wcsnlen, (const wchar_t *p, size_t n), (p, n), NOTHING, READ(p, WIDE(r < n ? r + 1 : n)))
ROW(wchar_t *, wmemcpy, (wchar_t * to, const wchar_t *from, size_t n), (to, from, n), READ(from, WIDE(n));
    WRITE(to, WIDE(n)), NOTHING)
ROW(wchar_t *, wmempcpy, (wchar_t * to, const wchar_t *from, size_t n), (to, from, n), READ(from, WIDE(n));
    WRITE(to, WIDE(n)), NOTHING)
ROW(wchar_t *, wmemmove, (wchar_t * to, const wchar_t *from, size_t n), (to, from, n), READ(from, WIDE(n));
    WRITE(to, WIDE(n)), NOTHING)
ROW(wchar_t *, wmemset, (wchar_t * to, wchar_t c, size_t n), (to, c, n), WRITE(to, WIDE(n)), NOTHING)
ROW(wchar_t *, wcscpy, (wchar_t * to, const wchar_t *from), (to, from), const size_t n = WIDE(WLEN(from) + 1);
    READ(from, n); WRITE(to, n), NOTHING)
ROW(wchar_t *, wcscat, (wchar_t * to, const wchar_t *from), (to, from), const size_t n = WLEN(from) + 1;
    const size_t at = WLEN(to); READ(from, WIDE(n)); READ(to, WIDE(at + 1)); WRITE(to + at, WIDE(n)), NOTHING)
ROW(wchar_t *, wcsncpy, (wchar_t * to, const wchar_t *from, size_t n), (to, from, n),
    const size_t m = real_wcsnlen(from, n);
    READ(from, WIDE(m < n ? m + 1 : n)); WRITE(to, WIDE(n)), NOTHING)
ROW(wchar_t *, wcschr, (const wchar_t *p, wchar_t c), (p, c), NOTHING,
    READ(p, WIDE((r ? (size_t)(r - p) : WLEN(p)) + 1)))
ROW(wchar_t *, wcsrchr, (const wchar_t *p, wchar_t c), (p, c), READ(p, WIDE(WLEN(p) + 1)), NOTHING)
ROW(wchar_t *, wcsdup, (const wchar_t *p), (p), READ(p, WIDE(WLEN(p) + 1)), NOTHING)

static size_t compared(const wchar_t *a, const wchar_t *b, size_t n, bool strings) {
  size_t i = 0;
  while (i < n && a[i] == b[i] && (a[i] || !strings))
    i++;
  return WIDE(i < n ? i + 1 : n);
}
#define BOTH(n)                                                                                              \
  const size_t m = n;                                                                                        \
  READ(a, m);                                                                                                \
  READ(b, m)
ROW(int, wcscmp, (const wchar_t *a, const wchar_t *b), (a, b), BOTH(compared(a, b, SIZE_MAX, true)), NOTHING)
ROW(int, wcsncmp, (const wchar_t *a, const wchar_t *b, size_t n), (a, b, n), BOTH(compared(a, b, n, true)), NOTHING)
ROW(int, wmemcmp, (const wchar_t *a, const wchar_t *b, size_t n), (a, b, n), BOTH(compared(a, b, n, false)), NOTHING)
