// A bounded text buffer for code that may call nobody. Invariant: at[len] is NUL; what does not fit is cut
// at the end, and the buffer then ends in "...\n".
#ifndef RF_TEXT_H
#define RF_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rf_text {
  char *at;
  size_t len, cap;
};

void rf_text_add(struct rf_text *t, const char *s);
void rf_text_add_n(struct rf_text *t, const char *s, size_t n);
void rf_text_add_u(struct rf_text *t, uint64_t value);
void rf_text_add_hex(struct rf_text *t, uint64_t value);
// The NUL-terminated string z is the n characters at s.
bool rf_text_equal(const char *z, const char *s, size_t n);
// The two NUL-terminated strings are equal.
bool rf_text_same(const char *a, const char *b);

#endif
