// What the fuzz targets share. They run under libFuzzer with AddressSanitizer and UndefinedBehaviorSanitizer.
#ifndef FUZZ_H
#define FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FUZZ_CHECK(x)                                                                                          \
  do {                                                                                                         \
    if (!(x)) {                                                                                                \
      fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #x);                                        \
      abort();                                                                                                 \
    }                                                                                                          \
  } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

// The bytes as a string of exactly their size, so that a read beyond is seen.
static inline char *fuzz_text(const uint8_t *data, size_t n) {
  char *text = malloc(n + 1);
  if (n)
    memcpy(text, data, n);
  text[n] = 0;
  return text;
}

void *fuzz_keep(void *p); // to be freed by fuzz_free_all()
void fuzz_free_all(void);

#endif
