// GitLab's code quality report: a list of issues, told apart by fingerprint.
#include "describe.h"
#include "paths.h"
#include "writers.h"

static json_t *issue(const struct reports *r, const struct report *p) {
  struct buffer words = {0}, path = {0};
  json_t *o = report_parse(p);
  describe_title(&words, o);
  paths_add(&path, r, p->file);
  if (*field_text(o, "mend"))
    buffer_printf(&words, ". How to mend: %s", field_text(o, "mend"));
  json_t *i = json_pack("{s:s,s:s,s:s,s:s,s:{s:s,s:{s:I}}}", "description", buffer_text(&words), "check_name",
                        p->kind, "fingerprint", p->id, "severity", p->known ? "info" : "major", "location",
                        "path", path.len ? buffer_text(&path) : "unknown", "lines", "begin",
                        (json_int_t)(p->line ? p->line : 1));
  json_decref(o);
  buffer_free(&words);
  buffer_free(&path);
  return i;
}

void write_gitlab(FILE *out, const struct reports *r) {
  json_t *list = json_array();
  for (size_t i = 0; i < r->count; i++)
    json_array_append_new(list, issue(r, &r->at[i]));
  json_dumpf(list, out, JSON_INDENT(1));
  fprintf(out, "\n");
  json_decref(list);
}
