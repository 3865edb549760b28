// JUnit XML, for whatever shows the results of tests: a failed test for each new report, a skipped one for each
// that the baseline knows, a passed one if there is none.
#include "describe.h"
#include "paths.h"
#include "writers.h"

static void put(FILE *out, const char *raw) {
  struct buffer b = {0};
  buffer_add_html(&b, raw);
  fprintf(out, "%s", buffer_text(&b));
  buffer_free(&b);
}

static void put_case(FILE *out, const struct reports *r, const struct report *p) {
  struct buffer place = {0}, path = {0}, title = {0};
  json_t *o = report_parse(p);
  describe_report_place(&place, p);
  describe_title(&title, o);
  paths_add(&path, r, p->file);
  fprintf(out, "    <testcase classname=\"redflag.");
  put(out, p->kind);
  fprintf(out, "\" name=\"");
  put(out, buffer_text(&place));
  fprintf(out, " [%s]\" file=\"", p->id);
  put(out, buffer_text(&path));
  fprintf(out, "\" line=\"%ld\" time=\"0\">\n      <%s message=\"", p->line, p->known ? "skipped" : "failure");
  if (p->known)
    fprintf(out, "known to the baseline: ");
  put(out, buffer_text(&title));
  if (p->known)
    fprintf(out, "\"/>\n");
  else {
    fprintf(out, "\" type=\"");
    put(out, p->kind);
    fprintf(out, "\">");
    put(out, field_text(o, "text"));
    fprintf(out, "</failure>\n");
  }
  fprintf(out, "    </testcase>\n");
  json_decref(o);
  buffer_free(&place);
  buffer_free(&path);
  buffer_free(&title);
}

void write_junit(FILE *out, const struct reports *r) {
  size_t known = 0;
  for (size_t i = 0; i < r->count; i++)
    known += r->at[i].known;
  const size_t tests = r->count ? r->count : 1;
  fprintf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
  fprintf(out, "<testsuites tests=\"%zu\" failures=\"%zu\">\n", tests, r->count - known);
  fprintf(
      out,
      "  <testsuite name=\"redflag\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\" time=\"0\">\n",
      tests, r->count - known, known);
  for (size_t i = 0; i < r->count; i++)
    put_case(out, r, &r->at[i]);
  if (!r->count)
    fprintf(out, "    <testcase classname=\"redflag\" name=\"no report in %llu processes\" time=\"0\"/>\n",
            (unsigned long long)r->processes);
  fprintf(out, "  </testsuite>\n</testsuites>\n");
}
