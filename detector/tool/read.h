// Reads files that processes wrote (report_path) and files that `redflag report merge` wrote, line by line.
// A line that is wrong is told and left out, the others are taken.
#ifndef RF_TOOL_READ_H
#define RF_TOOL_READ_H

#include "model.h"

// Reads a file, standard input (-), or all files *.json below a directory into r. Returns false if something
// could not be read or was malformed, which has been told.
bool read_path(struct reports *r, const char *path);
// The same; a directory without files is no mistake.
bool read_directory(struct reports *r, const char *path);
// After the last file: which of the processes without an end were only replaced by exec.
void read_done(struct reports *r);

#endif
