// The baseline: what a project has accepted for now, by id. A readable JSON file, one entry on a line.
#ifndef RF_TOOL_BASELINE_H
#define RF_TOOL_BASELINE_H

#include "buffer.h"
#include "model.h"

struct baseline {
  json_t *entries; // by id
};

// Reads the file. A missing one is empty if may_miss, a mistake otherwise. On a mistake returns false and adds
// one line `FILE:LINE: what` to mistake. b is the caller's to free either way.
bool baseline_parse(struct baseline *b, const char *path, bool may_miss, struct buffer *mistake);
// The same; a mistake ends the program.
void baseline_read(struct baseline *b, const char *path, bool may_miss);
void baseline_free(struct baseline *b);
// Sets known of every report.
void baseline_mark(const struct baseline *b, struct reports *r);
// How many entries no report of r has.
size_t baseline_gone(const struct baseline *b, const struct reports *r);
// Calls visit for each of those, by id.
void baseline_each_gone(const struct baseline *b, const struct reports *r,
                        void (*visit)(const char *id, const json_t *entry, void *arg), void *arg);
// Writes what r has in addition, with the reasons that stand there. prune: without what is gone.
void baseline_write(const struct baseline *b, const struct reports *r, const char *path, bool prune);

#endif
