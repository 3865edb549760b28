// The words that several formats have in common.
#ifndef RF_TOOL_DESCRIBE_H
#define RF_TOOL_DESCRIBE_H

#include "buffer.h"
#include "model.h"

// Each appends raw text, which its reader still has to escape.
void describe_place(struct buffer *b, const json_t *frame);           // FILE:LINE:COLUMN, nothing if unknown
void describe_report_place(struct buffer *b, const struct report *p); // FILE:LINE:COLUMN in FUNCTION
void describe_thread(struct buffer *b, const json_t *who);            // thread 3 `name`
void describe_access(struct buffer *b, const json_t *access); // write of 4 bytes to `x` by thread 3 `name`
void describe_value(struct buffer *b, const json_t *access,
                    const char *name);                       // `old` or `new`, as its type has it
void describe_step(struct buffer *b, const json_t *step);    // Locked mutex `m` by thread 3
void describe_title(struct buffer *b, const json_t *report); // data race on variable `x` (int, 4 bytes, global)
// The part of kind n (0, 1) that a report is about: an access, or a step. NULL: there is none.
const json_t *report_part(const json_t *report, size_t n);
size_t report_parts(const json_t *report);
void describe_part(struct buffer *b, const json_t *report, size_t n);
// What of the nearest miss the thread of access n did, and whether that came before its access; NULL: nothing, or nobody
// knows when.
const json_t *describe_miss(struct buffer *b, const json_t *report, size_t n, bool *before);
// The access's last synchronisation, NULL: none, or it is told as part of the nearest miss, or nobody knows which of the
// two came first.
const json_t *report_last_sync(const json_t *report, size_t n);
const json_t *part_place(const json_t *report, size_t n); // its innermost frame with a line

#endif
