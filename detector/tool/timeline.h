// A race as a picture: both threads from their start over their last synchronisation to the access, and between
// the two accesses the order that is missing.
#ifndef RF_TOOL_TIMELINE_H
#define RF_TOOL_TIMELINE_H

#include "model.h"

#include <stdio.h>

void timeline_write(FILE *out, const json_t *report);

#endif
