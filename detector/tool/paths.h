// Names of source files as other tools want them: relative to the directory of the project where they lie below
// it, so that a report does not depend on the machine.
#ifndef RF_TOOL_PATHS_H
#define RF_TOOL_PATHS_H

#include "buffer.h"
#include "model.h"

// Directory that names are made relative to; NULL: the working directory. Borrowed.
void paths_set_root(const char *directory);
// Appends file without `.`, `..` and doubled slashes, relative to the root or to a working directory of the
// processes. Returns whether it is relative and stays below it.
bool paths_add(struct buffer *b, const struct reports *r, const char *file);
// Opens a source file for reading as it is named here; regular files only. NULL: it cannot be had.
FILE *paths_open(const struct reports *r, const char *file);

#endif
