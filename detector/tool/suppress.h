// Files of suppressions, as the runtime has them: `kind:pattern` on a line, # begins a comment.
#ifndef RF_TOOL_SUPPRESS_H
#define RF_TOOL_SUPPRESS_H

#include "model.h"

// Drops the findings of lint that a line `lint:PATTERN` of the file matches; lines of the runtime's kinds are
// for the runtime. PATTERN is looked for in `CHECK FUNCTION` and in the file's name; `*` matches anything, `^`
// and `$` anchor. Ends the program with one line if the file is wrong.
void suppress_apply(const char *path, struct reports *r);

#endif
