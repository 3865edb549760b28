// Patterns of suppressions, as the runtime and the tool match them: * matches anything, ^ and $ anchor, a pattern
// without anchors matches anywhere.
#ifndef RF_PATTERN_H
#define RF_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

// Only the last star passed ever needs to give way, so the time is the product of the lengths at worst.
static inline bool rf_pattern_match(const char *pattern, const char *text) {
  const bool anchored = *pattern == '^';
  const char *p = pattern + anchored, *t = text;
  const char *star = anchored ? NULL : p, *from = t; // where to go on when what follows the star does not match
  for (;;) {
    if (*p == '*') {
      star = ++p;
      from = t;
    } else if (!*p || (*p == '$' && !p[1] && !*t)) {
      return true;
    } else if (*t && *p == *t) {
      p++, t++;
    } else if (star && *from) {
      p = star;
      t = ++from;
    } else {
      return false;
    }
  }
}

#endif
