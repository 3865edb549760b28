// The formats that reports are written in, one file each. Reports are sorted and marked as known or new before.
#ifndef RF_TOOL_WRITERS_H
#define RF_TOOL_WRITERS_H

#include "model.h"

#include <stdio.h>

typedef void writer_fn(FILE *out, const struct reports *r);

struct writer {
  const char *name, *extension; // extension: of files that are in this format, NULL: none of its own
  writer_fn *write;
};

#define WRITER_NAMES "text|json|sarif|junit|github|gitlab|markdown|html"
extern const struct writer writers[]; // ends with a NULL name

// By name, and by the end of a file's name (JSON if it has none of ours).
const struct writer *writer_named(const char *name);
const struct writer *writer_for_file(const char *path);
// Writes to path (NULL: standard output), whole or not at all.
void writer_run(const struct writer *w, const char *path, const struct reports *r);

writer_fn write_text, write_list, write_json, write_sarif, write_junit, write_github, write_gitlab,
    write_markdown, write_html;

#endif
