// Tells the runtime, through a section of the program, which of its parts carry no checks.
#ifndef CC_PLAIN_H
#define CC_PLAIN_H

#include "vec.h"

// Writes assembly with the names in section "redflag_plain" to a fresh temporary file; returns its path, which
// the caller deletes. NULL: not possible, and the program is built without the list.
char *plain_write(const struct vec *names);

#endif
