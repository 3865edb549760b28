// The site table of the pass, as it lies in the file: one place in the source for each check and each call.
#ifndef RF_AUDIT_SITES_H
#define RF_AUDIT_SITES_H

#include "image.h"
#include "rf_abi.h"

struct site {
  const char *file, *function, *text, *type; // "" unknown
  uint32_t line;
  uint16_t column;
  uint8_t kind, size; // enum rf_site_kind without its flags; bytes, 0: variable
  bool is_access;     // of memory: not of a call
  uint64_t inlined_at;
};

// False: no site lies there.
bool site_read(const struct image *i, uint64_t address, struct site *out);
const char *site_kind_name(unsigned kind);

#endif
