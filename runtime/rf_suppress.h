// Suppressions in ThreadSanitizer's syntax: lines of `kind:pattern` (rf_pattern.h), # begins a comment.
#ifndef RF_SUPPRESS_H
#define RF_SUPPRESS_H

#include <stddef.h>
#include <stdint.h>

enum rf_suppress_kind {
  RF_SUPPRESS_RACE,
  RF_SUPPRESS_RACE_TOP,
  RF_SUPPRESS_MUTEX,
  RF_SUPPRESS_THREAD,
  RF_SUPPRESS_SIGNAL,
  RF_SUPPRESS_DEADLOCK,
  RF_SUPPRESS_CALLED_FROM_LIB,
};

struct rf_suppression {
  enum rf_suppress_kind kind;
  const char *pattern; // NUL-terminated
  uint32_t line;
  uint64_t used;
};

#define RF_SUPPRESSIONS_MAX 1024

struct rf_suppressions {
  uint32_t count;
  struct rf_suppression row[RF_SUPPRESSIONS_MAX];
};

// Parses text in place (it must outlive s). Returns 0, or the number of the first line that is wrong.
uint32_t rf_suppressions_parse(struct rf_suppressions *s, char *text, size_t n);
const char *rf_suppress_name(enum rf_suppress_kind kind);

#endif
