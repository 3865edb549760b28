// Races whose place lint has spoken of before.
#ifndef RF_TOOL_LINT_MATCH_H
#define RF_TOOL_LINT_MATCH_H

#include "buffer.h"
#include "model.h"

// Appends a line `lint already warned: CHECK at FILE:LINE` for each finding of lint among r that is of the
// file, and of the line or function, of one of the accesses of the race p. report: p as an object.
void lint_match_add(struct buffer *b, const struct reports *r, const struct report *p, const json_t *report,
                    const char *indent);

#endif
