// Files that the tool writes appear whole or not at all: written beside their place, then renamed.
#ifndef RF_TOOL_OUTPUT_H
#define RF_TOOL_OUTPUT_H

#include <stdio.h>

struct output {
  FILE *file;
  const char *path; // NULL: standard output
  char *beside;     // name of the unfinished file
};

// path NULL or "-": standard output. Ends the program if it cannot be opened.
void output_open(struct output *o, const char *path);
// Puts the file in its place. Ends the program with one line if that, or any write before, failed.
void output_close(struct output *o);

#endif
