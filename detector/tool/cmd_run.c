// redflag run: a command with all its children under one verdict.
#include "baseline.h"
#include "buffer.h"
#include "child.h"
#include "commands.h"
#include "describe.h"
#include "fail.h"
#include "paths.h"
#include "read.h"
#include "writers.h"

#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LISTED_MAX 50 // lines of the summary; files have all

static const char *baseline_path, *keep_path, *root_path;
static bool updates, prunes, quiet;
static long repeat = 1, timeout;
static struct list report_paths;

const struct option run_options[] = {
    {"baseline", 'b', OPTION_TEXT, &baseline_path, "FILE", "reports that are known, and do not fail"},
    {"update-baseline", 'u', OPTION_FLAG, &updates, NULL, "add what was found to the baseline; nothing fails"},
    {"prune", 0, OPTION_FLAG, &prunes, NULL, "with --update-baseline: drop from it what was not found"},
    {"repeat", 'n', OPTION_NUMBER, &repeat, "N", "run the command N times"},
    {"timeout", 't', OPTION_NUMBER, &timeout, "SECONDS",
     "end each run that takes longer, with all its processes"},
    {"report", 'r', OPTION_LIST, &report_paths, "FILE",
     "write all reports to FILE: .json .sarif .html .xml .md .txt (may be repeated)"},
    {"keep", 'k', OPTION_TEXT, &keep_path, "DIRECTORY", "keep the files of the processes in DIRECTORY"},
    {"root", 0, OPTION_TEXT, &root_path, "DIRECTORY",
     "names of files are shown relative to it (the working directory)"},
    {"quiet", 'q', OPTION_FLAG, &quiet, NULL, "no summary unless something is new"},
    {NULL, 0, OPTION_FLAG, NULL, NULL, NULL},
};

const char run_details[] =
    "Every process below the command writes its reports to a file; they are merged when the command has "
    "ended.\n"
    "While it runs, a program's exit status is its own even if it has reports, so that a test runner inside "
    "the\n"
    "command shows what it would show without Redflag. The verdict is the status of `redflag run`:\n\n"
    "  66    a report is new: without a baseline, any; with one, any that it does not hold\n"
    "  N     else the command's own status: of the first run that failed, if there are several\n"
    "  124   else, and a run took longer than --timeout\n"
    "  126, 127  the command cannot be run, or was not found\n"
    "  1, 2  a file that cannot be read or written, a mistake on the command line\n\n"
    "Examples:\n"
    "  redflag run -- ctest --output-on-failure\n"
    "  redflag run --baseline redflag-baseline.json --report redflag.html -- make check\n"
    "  redflag run --baseline redflag-baseline.json --update-baseline -- make check\n"
    "  redflag run --repeat 20 --timeout 60 -- ./queue_test\n";

// ---- Where the processes write ----

static char *make_directory(void) {
  struct buffer path = {0};
  const char *tmp = getenv("TMPDIR");
  char real[4096];
  if (keep_path) {
    if (mkdir(keep_path, 0777) && errno != EEXIST)
      fail(STATUS_FAILED, "%s: cannot be made: %s", keep_path, strerror(errno));
    if (!realpath(keep_path, real)) // the command may change its directory
      fail(STATUS_FAILED, "%s: cannot be used: %s", keep_path, strerror(errno));
    buffer_add(&path, real);
    return path.at;
  }
  buffer_printf(&path, "%s/redflag.XXXXXX", tmp && *tmp == '/' ? tmp : "/tmp");
  if (!mkdtemp(path.at))
    fail(STATUS_FAILED, "%s: cannot be made: %s", path.at, strerror(errno));
  return path.at;
}

// One for each run; what an earlier command left in a kept directory stays out of this one's verdict.
static char *make_run_directory(const char *directory) {
  for (unsigned n = 1;; n++) {
    struct buffer path = {0};
    buffer_printf(&path, "%s/run-%u", directory, n);
    if (mkdir(path.at, 0777) == 0)
      return path.at;
    if (errno != EEXIST)
      fail(STATUS_FAILED, "%s: cannot be made: %s", path.at, strerror(errno));
    buffer_free(&path);
  }
}

static void remove_directory(const char *directory) {
  char *roots[] = {(char *)directory, NULL};
  FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
  for (FTSENT *e; walk && (e = fts_read(walk));)
    if (e->fts_info != FTS_D)
      remove(e->fts_accpath);
  if (walk)
    fts_close(walk);
}

// After what the user asks for, since of two values the last counts.
static char *options_with(const char *directory) {
  struct buffer b = {0};
  const char *given = getenv("REDFLAG_OPTIONS");
  const char quote = strchr(directory, '\'') ? '"' : '\'';
  if (strchr(directory, quote))
    fail(STATUS_FAILED, "%s: no directory for reports, since both kinds of quotes are in its name", directory);
  if (given && *given)
    buffer_printf(&b, "%s:", given);
  buffer_printf(&b, "report_path=%c%s/%c:exitcode=0", quote, directory, quote);
  return b.at;
}

// ---- Runs ----

static void show_progress(long n, const struct reports *r) {
  if (repeat > 1 && isatty(STDERR_FILENO))
    fprintf(stderr, "\r\033[Kredflag: run %ld of %ld, %zu report%s so far\r", n, repeat, r->count,
            r->count == 1 ? "" : "s");
}

struct outcome {
  int status; // of the first run that failed
  long runs, timed_out;
  bool unreadable;
};

static struct outcome run_all(struct reports *r, const char *directory, char **argv) {
  struct outcome o = {0};
  for (bool stopped = false; o.runs < repeat && !stopped; o.runs++) {
    char *run_directory = make_run_directory(directory), *options = options_with(run_directory);
    show_progress(o.runs + 1, r);
    const struct child_end end = child_run(argv, "REDFLAG_OPTIONS", options, timeout);
    stopped = end.stopped;
    o.status = o.status ? o.status : end.status;
    o.timed_out += end.timed_out;
    r->run = (uint32_t)o.runs + 1;
    o.unreadable |= !read_directory(r, run_directory);
    free(run_directory);
    free(options);
  }
  read_done(r);
  if (repeat > 1 && isatty(STDERR_FILENO))
    fprintf(stderr, "\r\033[K");
  return o;
}

// ---- The summary ----

static void print_line(const struct report *p, const char *state, long runs) {
  struct buffer raw = {0}, line = {0};
  buffer_printf(&raw, "%s %s: %s ", state, p->id, p->kind);
  describe_report_place(&raw, p);
  buffer_add_plain(&line, buffer_text(&raw), false);
  fprintf(stderr, "  %s", buffer_text(&line));
  if (runs > 1)
    fprintf(stderr, " (in %u of %ld runs)", p->runs, runs);
  else if (p->count > 1)
    fprintf(stderr, " (%llu times)", (unsigned long long)p->count);
  fprintf(stderr, "\n");
  buffer_free(&raw);
  buffer_free(&line);
}

static void print_gone(const char *id, const json_t *entry, void *arg) {
  struct buffer raw = {0}, line = {0};
  size_t *left = arg;
  if (!*left)
    return;
  --*left;
  buffer_printf(&raw, "gone  %s: %s %s in %s", id, field_text(entry, "kind"), field_text(entry, "place"),
                field_text(entry, "function"));
  buffer_add_plain(&line, buffer_text(&raw), false);
  fprintf(stderr, "  %s\n", buffer_text(&line));
  buffer_free(&raw);
  buffer_free(&line);
}

// new first, then known: of each at most LISTED_MAX.
static void print_reports(const struct reports *r, bool known, const char *state, long runs) {
  size_t n = 0;
  for (size_t i = 0; i < r->count; i++)
    if (r->at[i].known == known && n++ < LISTED_MAX)
      print_line(&r->at[i], state, runs);
  if (n > LISTED_MAX)
    fprintf(stderr, "  and %zu more\n", n - LISTED_MAX);
}

static void print_summary(const struct reports *r, const struct baseline *b, const struct outcome *o,
                          size_t fresh) {
  const size_t gone = baseline_gone(b, r);
  size_t listed = LISTED_MAX;
  fprintf(stderr, "redflag: ");
  if (o->runs > 1)
    fprintf(stderr, "%ld runs, ", o->runs);
  fprintf(stderr, "%llu process%s checked", (unsigned long long)r->processes, r->processes == 1 ? "" : "es");
  if (r->unfinished)
    fprintf(stderr, " (%llu of them killed or still running)", (unsigned long long)r->unfinished);
  fprintf(stderr, ": %zu new, %zu known, %zu gone%s\n", fresh, r->count - fresh, gone,
          o->timed_out ? "; the time was over before the end" : "");
  if (!r->processes)
    fprintf(stderr, "redflag: no process was checked: was the program built with redflag-cc?\n");
  print_reports(r, false, "new  ", o->runs);
  print_reports(r, true, "known", o->runs);
  baseline_each_gone(b, r, print_gone, &listed);
  if (gone > LISTED_MAX)
    fprintf(stderr, "  and %zu more gone\n", gone - LISTED_MAX);
}

static void need_sense(int argc) {
  if (!argc)
    fail(STATUS_USAGE, "run: which command? redflag run [options] -- COMMAND [ARGUMENT...]");
  if (updates && !baseline_path)
    fail(STATUS_USAGE, "run: --update-baseline needs --baseline FILE");
  if (prunes && !updates)
    fail(STATUS_USAGE, "run: --prune needs --update-baseline");
}

int run_main(int argc, char **argv) {
  struct reports r;
  struct baseline b = {json_object()};
  size_t fresh = 0;
  need_sense(argc);
  if (baseline_path)
    baseline_read(&b, baseline_path, updates); // before the command, which may take an hour
  reports_init(&r);
  paths_set_root(root_path);
  char *directory = make_directory();
  const struct outcome o = run_all(&r, directory, argv);
  if (!keep_path)
    remove_directory(directory);
  baseline_mark(&b, &r);
  reports_sort(&r);
  for (size_t i = 0; i < r.count; i++)
    fresh += !r.at[i].known;
  if (!quiet || fresh)
    print_summary(&r, &b, &o, fresh);
  for (size_t i = 0; i < report_paths.count; i++)
    writer_run(writer_for_file(report_paths.at[i]), report_paths.at[i], &r);
  if (updates)
    baseline_write(&b, &r, baseline_path, prunes);
  baseline_free(&b);
  reports_free(&r);
  free(directory);
  if (fresh && !updates)
    return STATUS_REPORTS;
  return o.unreadable && !o.status ? STATUS_FAILED : o.status;
}
