// The runtime's own memcpy, memmove and memset: see abi/rf_redirect.h.
#include <stddef.h>

void *rf_private_memcpy(void *to, const void *from, size_t n) {
  void *const start = to;
  __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
  return start;
}

void *rf_private_memmove(void *to, const void *from, size_t n) {
  if ((char *)to - (char *)from >= (ptrdiff_t)n || (char *)to <= (char *)from)
    return rf_private_memcpy(to, from, n);
  char *d = (char *)to + n - 1;
  const char *s = (const char *)from + n - 1;
  __asm__ volatile("std\n\trep movsb\n\tcld" : "+D"(d), "+S"(s), "+c"(n) : : "memory");
  return to;
}

void *rf_private_memset(void *to, int byte, size_t n) {
  void *const start = to;
  __asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(byte) : "memory");
  return start;
}
