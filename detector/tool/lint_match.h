// Races whose place lint has spoken of before.
#ifndef RF_TOOL_LINT_MATCH_H
#define RF_TOOL_LINT_MATCH_H

#include "buffer.h"
#include "model.h"

// What lint said of the place of the race p, a new list of {check, file, line}: each finding of lint among r that is of
// the file, and of the line or function, of one of its accesses; and what a merged file says of that. report: p as an
// object.
json_t *lint_match_list(const struct reports *r, const struct report *p, const json_t *report);
// `CHECK at FILE:LINE` of an element of that list.
void lint_match_words(struct buffer *b, const struct reports *r, const json_t *match);
// Appends a line `lint already warned: CHECK at FILE:LINE` for each.
void lint_match_add(struct buffer *b, const struct reports *r, const struct report *p, const json_t *report,
                    const char *indent);

#endif
