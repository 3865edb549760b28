#include "rf_text.h"

void rf_text_add_n(struct rf_text *t, const char *s, size_t n) {
  static const char cut[] = "...\n";
  for (size_t i = 0; i < n; i++) {
    if (t->len + 1 >= t->cap) {
      for (size_t k = 0; t->cap > sizeof cut && k < sizeof cut; k++)
        t->at[t->cap - sizeof cut + k] = cut[k];
      return;
    }
    t->at[t->len++] = s[i];
  }
  if (t->cap)
    t->at[t->len] = 0;
}

void rf_text_add(struct rf_text *t, const char *s) {
  size_t n = 0;
  while (s[n])
    n++;
  rf_text_add_n(t, s, n);
}

static void add_base(struct rf_text *t, uint64_t value, unsigned base) {
  char digits[24];
  unsigned i = sizeof digits;
  do
    digits[--i] = "0123456789abcdef"[value % base];
  while (value /= base);
  rf_text_add_n(t, digits + i, sizeof digits - i);
}

void rf_text_add_u(struct rf_text *t, uint64_t value) { add_base(t, value, 10); }
void rf_text_add_hex(struct rf_text *t, uint64_t value) { add_base(t, value, 16); }

bool rf_text_equal(const char *z, const char *s, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (z[i] != s[i])
      return false;
  return z[n] == 0;
}

bool rf_text_same(const char *a, const char *b) {
  while (*a && *a == *b)
    a++, b++;
  return *a == *b;
}
