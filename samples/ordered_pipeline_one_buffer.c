// The pipeline, whose reader gives all lines to the workers in the one buffer that it reads into.
// verdict: racy
// race-in: read_lines
#define ONE_BUFFER
#include "ordered_pipeline.c"
