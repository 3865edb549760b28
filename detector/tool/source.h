// Lines of source files around a place, where the files are at hand.
#ifndef RF_TOOL_SOURCE_H
#define RF_TOOL_SOURCE_H

#include "model.h"

#define SOURCE_AROUND 3
#define SOURCE_WIDTH 300

struct source_lines {
  long first; // number of the first line
  size_t count;
  char line[2 * SOURCE_AROUND + 1][SOURCE_WIDTH]; // longer ones are cut
};

// False: the file or the line cannot be had.
bool source_read(struct source_lines *out, const struct reports *r, const json_t *frame);

#endif
