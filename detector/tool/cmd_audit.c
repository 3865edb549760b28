// redflag audit: which functions of binaries are checked.
#include "audit.h"
#include "audit_explain.h"
#include "audit_plain.h"
#include "audit_words.h"
#include "commands.h"
#include "fail.h"
#include "output.h"

#include <string.h>

static const char *output_path, *format = "text", *show = "", *explained, *reports_path;
static long min_coverage;

const struct option audit_options[] = {
    {"format", 'f', OPTION_TEXT, &format, "text|json|sarif", "what to write"},
    {"output", 'o', OPTION_TEXT, &output_path, "FILE", "write to FILE, whole or not at all"},
    {"show", 's', OPTION_TEXT, &show, "checked|unchecked|sync|all", "list all functions of this kind"},
    {"explain", 'e', OPTION_TEXT, &explained, "FUNCTION",
     "print the code of a function (a name, or 0x...) and say why"},
    {"from-reports", 'r', OPTION_TEXT, &reports_path, "DIRECTORY",
     "audit also what these reports name as built without checks, and say what of it matters"},
    {"min-coverage", 'm', OPTION_NUMBER, &min_coverage, "PERCENT",
     "exit status 66 if less of the functions is checked"},
    {NULL, 0, OPTION_FLAG, NULL, NULL, NULL},
};

const char audit_details[] =
    "Files are programs, shared objects, objects and archives for x86-64 and AArch64, stripped or not.\n\n"
    "Exit status: 0; 66 if less than --min-coverage is checked; 1 if something could not be read or was "
    "malformed\n"
    "(the rest is done); 2 for a mistake on the command line.\n\n"
    "Examples:\n"
    "  redflag audit ./server libqueue.so\n"
    "  redflag audit --min-coverage 95 ./server\n"
    "  redflag audit --explain queue_push ./server\n"
    "  redflag audit --from-reports reports/ ./server\n";

struct audit_run {
  struct audit_out out;
  const struct audit_format *format;
  struct audit_plain plain;
  uint32_t explained;
};

static void take_module(const struct audit_module *m, void *arg) {
  struct audit_run *r = arg;
  struct totals *t = &r->out.totals;
  plain_take(&r->plain, m);
  if (r->plain.present) {
    if (!explained)
      r->format->module(&r->out, m);
    return;
  }
  t->modules++;
  t->good += audit_good(m);
  t->judged += audit_judged(m);
  if (explained)
    r->explained += audit_explain(r->out.file, m, explained);
  else
    r->format->module(&r->out, m);
}

static void take_mistake(const char *path, const char *member, const char *what, void *arg) {
  (void)arg;
  if (member)
    say("%s(%s): %s", path, member, what);
  else
    say("%s: %s", path, what);
}

static const struct audit_format *format_named(const char *name) {
  const struct audit_format *const formats[] = {&audit_text, &audit_json, &audit_sarif};
  size_t n = 0;
  while (n < 2 && strcmp(formats[n]->name, name) != 0)
    n++;
  return formats[n];
}

static enum show show_named(const char *name) {
  static const char *const names[] = {"", "checked", "unchecked", "sync", "all"};
  size_t n = 0;
  while (n < SHOW_ALL && strcmp(names[n], name) != 0)
    n++;
  return (enum show)n;
}

int audit_main(int argc, char **argv) {
  struct output out;
  struct audit_run r = {.format = format_named(format)};
  const struct audit_visitor v = {take_module, take_mistake, &r};
  bool fine = true;
  if (argc < 1)
    fail(STATUS_USAGE, "audit: which files? Name programs, libraries, objects or archives");
  if (min_coverage > 100)
    fail(STATUS_USAGE, "audit: --min-coverage is a percentage, at most 100");
  output_open(&out, output_path);
  r.out = (struct audit_out){.file = out.file, .show = show_named(show)};
  if (!explained)
    r.format->begin(&r.out);
  for (int n = 0; n < argc; n++)
    fine &= audit_file(argv[n], &v);
  if (reports_path)
    fine &= plain_audit(&r.plain, reports_path, &v);
  if (!explained) {
    r.out.plain = &r.plain;
    r.format->end(&r.out);
  }
  output_close(&out);
  plain_free(&r.plain);
  if (explained && !r.explained)
    fail(STATUS_FAILED, "audit: no function is called '%s'", explained);
  if (!fine)
    return STATUS_FAILED;
  const double percent = words_percent(r.out.totals.good, r.out.totals.judged);
  if (percent >= (double)min_coverage)
    return STATUS_OK;
  say("%.1f %% of the functions are checked, less than %ld %%", percent, min_coverage);
  return STATUS_REPORTS;
}
