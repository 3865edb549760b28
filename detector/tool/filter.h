// Which of the reports a command is about: options that several commands share.
#ifndef RF_TOOL_FILTER_H
#define RF_TOOL_FILTER_H

#include "command.h"
#include "model.h"

struct filter {
  struct list kinds, files, functions, ids;
  const char *baseline;  // marks what it holds as known; NULL: all are new
  const char *new_since; // the same, and leaves them out
};

extern struct filter filter;
extern const char *filter_root;

// Rows of an option table.
#define FILTER_OPTIONS                                                                                           \
  {"kind", 0, OPTION_LIST, &filter.kinds, "KIND", "only this kind, such as 'data race' (may be repeated)"},      \
      {"file", 0, OPTION_LIST, &filter.files, "GLOB", "only where a file of a stack matches (may be repeated)"}, \
      {"function",        0,      OPTION_LIST,                                                                   \
       &filter.functions, "GLOB", "only where a function of a stack matches (may be repeated)"},                 \
      {"id", 0, OPTION_LIST, &filter.ids, "ID", "only this id (may be repeated)"},                               \
      {"new-since", 0, OPTION_TEXT, &filter.new_since, "FILE", "only what this baseline does not hold"}, {       \
    "root", 0, OPTION_TEXT, &filter_root, "DIRECTORY",                                                           \
        "names of files are shown relative to it (the working directory)"                                        \
  }

// Reads all paths, marks what the baseline knows, drops what does not match, and sorts. r is initialised here.
// Returns false if something could not be read, which has been told.
bool filter_load(struct reports *r, int count, char **paths);

#endif
