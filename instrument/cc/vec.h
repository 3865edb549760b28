// A growing vector of strings that can be handed to exec.
#ifndef CC_VEC_H
#define CC_VEC_H

#include <stddef.h>

// Invariant: v[n] is NULL once anything was pushed. The strings are not owned: the program ends with exec.
struct vec {
  const char **v;
  size_t n, cap;
};

void vec_push(struct vec *vec, const char *s);
void vec_append(struct vec *vec, const struct vec *other);

// printf into fresh memory; ends the program when there is none.
char *format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
