// redflag ci: what a pull request needs, for the service that runs it.
#include "buffer.h"
#include "commands.h"
#include "fail.h"
#include "filter.h"
#include "output.h"
#include "writers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *service = "auto", *summary_path, *quality_path = "gl-code-quality-report.json";
static bool never_fails;

const struct option ci_options[] = {
    {"baseline", 0, OPTION_TEXT, &filter.baseline, "FILE", "reports that are known, and do not fail"},
    {"service", 0, OPTION_TEXT, &service, "auto|github|gitlab|plain", "where this runs"},
    {"summary", 0, OPTION_TEXT, &summary_path, "FILE", "write the Markdown summary to FILE"},
    {"code-quality", 0, OPTION_TEXT, &quality_path, "FILE",
     "GitLab: name of its report (gl-code-quality-report.json)"},
    {"no-fail", 0, OPTION_FLAG, &never_fails, NULL, "exit status 0 even if a report is new"},
    {"root", 0, OPTION_TEXT, &filter_root, "DIRECTORY",
     "names of files are shown relative to it (the working directory)"},
    {NULL, 0, OPTION_FLAG, NULL, NULL, NULL},
};

const char ci_details[] =
    "On GitHub Actions: annotations on standard output, and the summary on the page of the job.\n"
    "On GitLab: the code quality report, and the summary on standard output. Elsewhere: the summary alone.\n\n"
    "Exit status: 66 if a report is new (everything is, without a baseline), 1 if something could not be read, "
    "else 0.\n\n"
    "Examples:\n  redflag ci --baseline redflag-baseline.json reports/\n"
    "  redflag ci --service plain --summary summary.md reports/\n";

static bool is_set(const char *variable) {
  const char *v = getenv(variable);
  return v && *v && strcmp(v, "false") != 0;
}

static const char *detect(void) {
  if (strcmp(service, "auto") != 0)
    return service;
  return is_set("GITHUB_ACTIONS") ? "github" : is_set("GITLAB_CI") ? "gitlab" : "plain";
}

// Other steps of the job have written to this file, too.
static void append_summary(const char *path, const struct reports *r) {
  FILE *f = fopen(path, "ae");
  if (!f)
    fail(STATUS_FAILED, "%s: cannot be written: %s", path, strerror(errno));
  write_markdown(f, r);
  if (fclose(f))
    fail(STATUS_FAILED, "%s: cannot be written: %s", path, strerror(errno));
}

int ci_main(int argc, char **argv) {
  struct reports r;
  size_t fresh = 0;
  if (argc < 1)
    fail(STATUS_USAGE, "ci: which files? Name files or directories of reports");
  const bool fine = filter_load(&r, argc, argv);
  const char *where = detect(), *page = getenv("GITHUB_STEP_SUMMARY");
  const bool github = strcmp(where, "github") == 0;
  for (size_t i = 0; i < r.count; i++)
    fresh += !r.at[i].known;
  if (github)
    write_github(stdout, &r);
  if (github && page && *page)
    append_summary(page, &r);
  else if (!summary_path)
    write_markdown(stdout, &r);
  if (strcmp(where, "gitlab") == 0)
    writer_run(writer_named("gitlab"), quality_path, &r);
  if (summary_path)
    writer_run(writer_named("markdown"), summary_path, &r);
  if (fflush(stdout) || ferror(stdout))
    fail(STATUS_FAILED, "standard output cannot be written: %s", strerror(errno));
  reports_free(&r);
  return !fine ? STATUS_FAILED : fresh && !never_fails ? STATUS_REPORTS : STATUS_OK;
}
