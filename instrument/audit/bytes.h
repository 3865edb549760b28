// Pieces of a file that may be malformed: every reading asks whether it lies inside.
#ifndef RF_AUDIT_BYTES_H
#define RF_AUDIT_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
  uint8_t *at; // a private copy: objects are relocated in place
  size_t size;
};

// The part [offset, offset + size) of b; at is NULL when it does not lie inside.
static inline struct bytes bytes_part(struct bytes b, uint64_t offset, uint64_t size) {
  if (!b.at || offset > b.size || size > b.size - offset)
    return (struct bytes){0};
  return (struct bytes){b.at + offset, (size_t)size};
}

static inline bool bytes_get(struct bytes b, uint64_t offset, void *out, size_t size) {
  struct bytes p = bytes_part(b, offset, size);
  if (p.at)
    memcpy(out, p.at, size);
  return p.at != NULL;
}

static inline bool bytes_put(struct bytes b, uint64_t offset, const void *in, size_t size) {
  struct bytes p = bytes_part(b, offset, size);
  if (p.at)
    memcpy(p.at, in, size);
  return p.at != NULL;
}

// A string that ends inside b and is not longer than this; NULL: there is none.
#define STRING_MAX_BYTES 32768

static inline const char *bytes_string(struct bytes b, uint64_t offset) {
  if (!b.at || offset >= b.size)
    return NULL;
  const size_t left = b.size - (size_t)offset;
  const uint8_t *end = memchr(b.at + offset, 0, left < STRING_MAX_BYTES ? left : STRING_MAX_BYTES);
  return end ? (const char *)b.at + offset : NULL;
}

#endif
