// What `redflag report` reads again: JSON Lines, each report with how often it was written.
#include "buffer.h"
#include "lint_match.h"
#include "writers.h"

#include <stdlib.h>

static void put_line(FILE *out, json_t *o) {
  char *line = json_dumps(o, JSON_COMPACT);
  if (line)
    fprintf(out, "%s\n", line);
  free(line);
  json_decref(o);
}

static json_t *header(const struct reports *r) {
  json_t *bases = json_array(), *plain = json_array(), *directory;
  const char *name;
  json_object_foreach(r->plain, name, directory)
    json_array_append_new(plain, json_pack("{s:s,s:O}", "name", name, "directory", directory));
  for (size_t i = 0; i < r->bases; i++)
    json_array_append_new(bases, json_string(r->base[i]));
  return json_pack("{s:{s:i,s:s},s:s,s:I,s:I,s:I,s:o,s:o}", "redflag", "schema", SCHEMA, "version", RF_VERSION,
                   "type", "merged", "processes", (json_int_t)r->processes, "unfinished",
                   (json_int_t)r->unfinished, "further", (json_int_t)r->further, "directories", bases, "plain", plain);
}

void write_json(FILE *out, const struct reports *r) {
  put_line(out, header(r));
  for (size_t i = 0; i < r->count; i++) {
    json_t *o = report_parse(&r->at[i]);
    json_object_set_new(o, "count", json_integer((json_int_t)r->at[i].count));
    json_object_set_new(o, "runs", json_integer((json_int_t)r->at[i].runs));
    json_t *lint = lint_match_list(r, &r->at[i], o);
    if (json_array_size(lint))
      json_object_set(o, "lint", lint);
    json_decref(lint);
    put_line(out, o);
  }
}
