// Lines of the source by debug information (DWARF), for those who show code. Separate files of it are found
// where the system keeps them.
#ifndef RF_AUDIT_LINES_H
#define RF_AUDIT_LINES_H

#include "audit.h"

struct lines;

// NULL: the file has none, or it cannot be read.
struct lines *lines_open(const struct audit_module *m);
void lines_close(struct lines *l);

struct line {
  const char *file; // valid until lines_close
  int line;
};

// False: nothing is known of this address.
bool lines_find(struct lines *l, uint64_t address, struct line *out);

#endif
