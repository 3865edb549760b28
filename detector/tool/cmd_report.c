// redflag report: reads, merges, filters, compares and converts files of reports.
#include "baseline.h"
#include "buffer.h"
#include "commands.h"
#include "fail.h"
#include "filter.h"
#include "output.h"
#include "read.h"
#include "writers.h"

#include <stdlib.h>
#include <string.h>

static const char *output_path, *format = "text";
static bool fails;

#define OUTPUT                                                                                                 \
  { "output", 'o', OPTION_TEXT, &output_path, "FILE", "write to FILE, whole or not at all" }
#define FAILS                                                                                                  \
  { "fail", 0, OPTION_FLAG, &fails, NULL, "exit status 66 if a report is left" }
#define END                                                                                                    \
  { NULL, 0, OPTION_FLAG, NULL, NULL, NULL }

// Files to read are named on the command line; nothing is read by accident.
static void need_paths(int argc, const char *command) {
  if (argc < 1)
    fail(STATUS_USAGE, "report %s: which files? Name files or directories of reports, or - for standard input",
         command);
}

static int finish(struct reports *r, bool fine) {
  const bool left = r->count > 0;
  reports_free(r);
  return !fine ? STATUS_FAILED : fails && left ? STATUS_REPORTS : STATUS_OK;
}

static int write_all(int argc, char **argv, const char *command, writer_fn *write) {
  struct reports r;
  need_paths(argc, command);
  const bool fine = filter_load(&r, argc, argv);
  const struct writer w = {command, NULL, write};
  writer_run(&w, output_path, &r);
  return finish(&r, fine);
}

static int merge_main(int argc, char **argv) { return write_all(argc, argv, "merge", write_json); }
static int show_main(int argc, char **argv) { return write_all(argc, argv, "show", write_text); }
static int list_main(int argc, char **argv) { return write_all(argc, argv, "list", write_list); }
static int convert_main(int argc, char **argv) {
  return write_all(argc, argv, "convert", writer_named(format)->write);
}

// ---- Two sets ----

struct side {
  const char *mark;
  const struct reports *other;
  bool in_other;
  size_t count;
};

static void print_side(FILE *out, const struct reports *r, struct side *s) {
  for (size_t i = 0; i < r->count; i++) {
    if ((reports_find(s->other, r->at[i].id) != NULL) != s->in_other)
      continue;
    struct reports one = {.at = &r->at[i], .count = 1};
    s->count++;
    fprintf(out, "%s ", s->mark);
    write_list(out, &one);
  }
}

static int compare_main(int argc, char **argv) {
  struct reports old, new;
  struct output out;
  if (argc != 2)
    fail(STATUS_USAGE, "report compare: needs two files or directories: the older and the newer");
  const bool fine_old = filter_load(&old, 1, argv), fine = filter_load(&new, 1, argv + 1) && fine_old;
  struct side gone = {"gone", &new, false, 0}, both = {"both", &old, true, 0}, fresh = {"new ", &old, false, 0};
  output_open(&out, output_path);
  print_side(out.file, &new, &fresh);
  print_side(out.file, &new, &both);
  print_side(out.file, &old, &gone);
  fprintf(out.file, "%zu new, %zu in both, %zu gone\n", fresh.count, both.count, gone.count);
  output_close(&out);
  reports_free(&old);
  reports_free(&new);
  return !fine ? STATUS_FAILED : fails && fresh.count ? STATUS_REPORTS : STATUS_OK;
}

// ---- Suppressions ----

static int suppress_main(int argc, char **argv) {
  struct reports r;
  struct buffer title = {0}, line = {0};
  if (argc < 1)
    fail(STATUS_USAGE, "report suppress: which report? Name its id, then files of reports");
  need_paths(argc - 1, "suppress");
  const bool fine = filter_load(&r, argc - 1, argv + 1);
  const struct report *p = reports_find(&r, argv[0]);
  if (!p)
    fail(STATUS_FAILED, "no report has the id %s", argv[0]);
  json_t *o = report_parse(p);
  const char *suppress = field_text(o, "suppress");
  if (!*suppress)
    fail(STATUS_FAILED, "report %s names no function that could stand in a suppression", p->id);
  buffer_printf(&title, "# %s %s:%ld, id %s", p->kind, p->file, p->line, p->id);
  buffer_add_plain(&line, buffer_text(&title), false);
  buffer_add(&line, "\n");
  buffer_add_plain(&line, suppress, false);
  struct output out;
  output_open(&out, output_path);
  fprintf(out.file, "%s\n", buffer_text(&line));
  output_close(&out);
  json_decref(o);
  buffer_free(&title);
  buffer_free(&line);
  reports_free(&r);
  return fine ? STATUS_OK : STATUS_FAILED;
}

// ---- Tables ----

static const struct option filters[] = {OUTPUT, FAILS, FILTER_OPTIONS, END};
static const struct option converts[] = {
    {"format", 'f', OPTION_TEXT, &format, WRITER_NAMES, "what to write"},
    OUTPUT,
    FAILS,
    {"baseline", 0, OPTION_TEXT, &filter.baseline, "FILE", "mark what this baseline holds as known"},
    FILTER_OPTIONS,
    END};
static const struct option outputs[] = {OUTPUT, END};

const struct command report_commands[] = {
    {"merge", "[options] FILE|DIRECTORY...", "merge reports of many processes, runs and machines into one file",
     "Reports of one id become one, with a count. Every other command reads what this writes.\n\n"
     "Example:\n  redflag report merge shard-*/ -o all.json\n",
     filters, NULL, false, merge_main},
    {"show", "[options] FILE|DIRECTORY...", "print reports as the program printed them",
     "Example:\n  redflag report show --function 'queue_*' reports/\n", filters, NULL, false, show_main},
    {"list", "[options] FILE|DIRECTORY...", "print one line per report: id, kind, place, how often",
     "Example:\n  redflag report list --new-since baseline.json reports/\n", filters, NULL, false, list_main},
    {"compare", "[options] OLD NEW", "tell what is new and what has gone between two sets",
     "With --fail the status is 66 if something is new.\n\n"
     "Example:\n  redflag report compare --fail main.json branch.json\n",
     filters, NULL, false, compare_main},
    {"convert", "[options] FILE|DIRECTORY...", "write reports in another format",
     "Examples:\n  redflag report convert --format sarif reports/ -o redflag.sarif\n"
     "  redflag report convert --format html --root src reports/ -o redflag.html\n",
     converts, NULL, false, convert_main},
    {"suppress", "[options] ID FILE|DIRECTORY...", "print the line that suppresses a report",
     "Example:\n  redflag report suppress 5f3a91c2 reports/ >>suppressions.txt\n", outputs, NULL, false,
     suppress_main},
    {NULL, NULL, NULL, NULL, NULL, NULL, false, NULL},
};

const char report_details[] = "Files are those that processes write with REDFLAG_OPTIONS=report_path=..., that "
                              "`redflag run --keep` leaves,\n"
                              "and that `redflag report merge` wrote. A directory stands for all *.json below "
                              "it, - for standard input.\n\n"
                              "Exit status: 0; 1 if something could not be read or was malformed (the rest is "
                              "done); 2 for a mistake on the\n"
                              "command line; 66 with --fail if a report is left.\n\n"
                              "Example:\n  redflag report list reports/\n";
