#include "writers.h"

#include "output.h"

#include <string.h>

const struct writer writers[] = {
    {"text", ".txt", write_text},        {"json", ".json", write_json},  {"sarif", ".sarif", write_sarif},
    {"junit", ".xml", write_junit},      {"github", NULL, write_github}, {"gitlab", NULL, write_gitlab},
    {"markdown", ".md", write_markdown}, {"html", ".html", write_html},  {NULL, NULL, NULL},
};

const struct writer *writer_named(const char *name) {
  const struct writer *w = writers;
  while (w->name && strcmp(w->name, name))
    w++;
  return w->name ? w : NULL;
}

const struct writer *writer_for_file(const char *path) {
  const size_t n = strlen(path);
  for (const struct writer *w = writers; w->name; w++) {
    const size_t k = w->extension ? strlen(w->extension) : 0;
    if (k && n > k && strcmp(path + n - k, w->extension) == 0)
      return w;
  }
  return writer_named("json");
}

void writer_run(const struct writer *w, const char *path, const struct reports *r) {
  struct output out;
  output_open(&out, path);
  w->write(out.file, r);
  output_close(&out);
}
