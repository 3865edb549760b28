// The summary that a pull request shows.
#include "describe.h"
#include "lint_match.h"
#include "paths.h"
#include "writers.h"

#define SHOWN_MAX 100 // hosts refuse pages of more than a megabyte

static void put_row(FILE *out, const struct reports *r, const struct report *p) {
  struct buffer b = {0}, place = {0}, path = {0};
  paths_add(&path, r, p->file);
  buffer_add_markdown(&b, p->kind);
  buffer_add(&b, " | ");
  if (path.len) {
    buffer_printf(&place, "%s:%ld", buffer_text(&path), p->line);
    buffer_add_code(&b, buffer_text(&place));
  }
  buffer_add(&b, " | ");
  buffer_add_code(&b, p->function);
  fprintf(out, "| %s | %s | %llu | %s |\n", p->known ? "known" : "**new**", buffer_text(&b),
          (unsigned long long)p->count, p->id);
  buffer_free(&b);
  buffer_free(&place);
  buffer_free(&path);
}

static void put_details(FILE *out, const struct reports *r, const struct report *p) {
  struct buffer b = {0}, title = {0}, text = {0};
  json_t *o = report_parse(p);
  describe_title(&title, o);
  buffer_add_plain(&text, buffer_text(&title), false); // a line's end would end the summary
  buffer_add_html(&b, buffer_text(&text));
  text.len = 0;
  buffer_add_plain(&text, field_text(o, "text"), true);
  lint_match_add(&text, r, p, o, "  ");
  fprintf(out, "\n<details><summary>%s: %s</summary>\n\n<pre>", p->id, buffer_text(&b));
  b.len = 0;
  buffer_add_html(&b, text.len ? text.at : "");
  for (const char *c = b.len ? b.at : ""; *c; c++) // an empty line would end the block
    fputs(*c == '\n' ? "&#10;" : (char[]){*c, 0}, out);
  fprintf(out, "</pre>\n</details>\n");
  json_decref(o);
  buffer_free(&b);
  buffer_free(&title);
  buffer_free(&text);
}

void write_markdown(FILE *out, const struct reports *r) {
  size_t known = 0, shown = 0;
  for (size_t i = 0; i < r->count; i++)
    known += r->at[i].known;
  fprintf(out, "### Redflag: %zu new, %zu known report%s in %llu process%s\n", r->count - known, known,
          known == 1 ? "" : "s", (unsigned long long)r->processes, r->processes == 1 ? "" : "es");
  if (!r->count)
    return;
  fprintf(out, "\n| | kind | place | function | times | id |\n|---|---|---|---|---|---|\n");
  for (size_t i = 0; i < r->count && i < SHOWN_MAX; i++)
    put_row(out, r, &r->at[i]);
  if (r->count > SHOWN_MAX)
    fprintf(out, "\n%zu more are not listed.\n", r->count - SHOWN_MAX);
  for (size_t i = 0; i < r->count && shown < SHOWN_MAX / 5; i++)
    if (!r->at[i].known) {
      put_details(out, r, &r->at[i]);
      shown++;
    }
}
