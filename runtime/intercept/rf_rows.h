// Rows of functions that touch their caller's memory. One row per function: prototype, arguments, what is
// touched before the call, what after it (the result is `r`). Nothing is judged for callers in code without
// checks: memory that only they touch is theirs.
#ifndef RF_ROWS_H
#define RF_ROWS_H

#include "rf_intercept.h"

extern size_t (*rf_real_strlen)(const char *);

#define TOUCH(kind, p, n) rf_check(s, p, n, kind, NULL, &site)
#define READ(p, n) TOUCH(RF_CELL_PLAIN, p, n)
#define WRITE(p, n) TOUCH(RF_CELL_PLAIN | RF_CELL_WRITE, p, n)
#define NOTHING ((void)0)
#define LEN(p) rf_real_strlen(p)
// The kernel answers a path of NULL with EFAULT; the runtime is built without deleting such checks.
#define READ_STRING(p)                                                                                       \
  if (p)                                                                                                     \
  READ(p, LEN(p) + 1)
#define WRITE_STRING(p) WRITE(p, LEN(p) + 1)
// Arguments that may be NULL.
#define WRITE_IF(p, n)                                                                                       \
  if (p)                                                                                                     \
  WRITE(p, n)
#define READ_IF(p, n)                                                                                        \
  if (p)                                                                                                     \
  READ(p, n)

#define JUDGE(effects)                                                                                       \
  if (!rf_stands_aside() && rf_modules_judge(__builtin_return_address(0))) {                                 \
    struct rf_self *s = rf_enter();                                                                          \
    effects;                                                                                                 \
    rf_leave(s);                                                                                             \
  }

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
#define ROW_VOID(name, params, args, before, after)                                                          \
  RF_REAL(void, name, params);                                                                               \
  RF_INTERCEPTOR void name params {                                                                          \
    static const struct rf_libsite site = RF_LIBSITE(#name);                                                 \
    (void)site;                                                                                              \
    if (!real_##name)                                                                                        \
      RF_READY();                                                                                            \
    JUDGE(before)                                                                                            \
    real_##name args;                                                                                        \
    JUDGE(after)                                                                                             \
  }

#endif
