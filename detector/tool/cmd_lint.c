// redflag lint: mistakes of threads that show in the source. redflag-lint knows clang and finds them; this
// judges them by a baseline and writes them.
#include "baseline.h"
#include "buffer.h"
#include "commands.h"
#include "fail.h"
#include "paths.h"
#include "prefix.h"
#include "read.h"
#include "suppress.h"
#include "writers.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static const char *database, *selection, *format = "text", *output_path, *baseline_path, *suppressions_path,
                                         *root_path;
static bool updates, prunes, fixes;
static long jobs;

const struct option lint_options[] = {
    {"database", 'p', OPTION_TEXT, &database, "DIRECTORY", "where compile_commands.json is (. or build)"},
    {"checks", 0, OPTION_TEXT, &selection, "LIST", "such as -copied-lock,+unlock-order; help lists all"},
    {"jobs", 'j', OPTION_NUMBER, &jobs, "N", "units at a time (the number of processors)"},
    {"fix", 0, OPTION_FLAG, &fixes, NULL, "change the sources where the mend is certain"},
    {"format", 'f', OPTION_TEXT, &format, WRITER_NAMES, "what to write"},
    {"output", 'o', OPTION_TEXT, &output_path, "FILE", "write to FILE, whole or not at all"},
    {"baseline", 'b', OPTION_TEXT, &baseline_path, "FILE", "findings that are known, and do not fail"},
    {"update-baseline", 'u', OPTION_FLAG, &updates, NULL, "add what was found to the baseline; nothing fails"},
    {"prune", 0, OPTION_FLAG, &prunes, NULL, "with --update-baseline: drop from it what was not found"},
    {"suppressions", 's', OPTION_TEXT, &suppressions_path, "FILE",
     "leave out what lines lint:PATTERN of FILE match"},
    {"root", 0, OPTION_TEXT, &root_path, "DIRECTORY",
     "names of files are shown relative to it (the working directory)"},
    {NULL, 0, OPTION_FLAG, NULL, NULL, NULL},
};

const char lint_details[] =
    "Files are compiled as compile_commands.json tells, or with the flags after --. Without files, all of the\n"
    "database are linted. Nothing is built or run.\n\n"
    "Exit status: 66 if a finding is new (every one is, without a baseline); 1 if something could not be "
    "linted,\n"
    "which is told and keeps nothing else from being linted; 2 for a mistake on the command line; else 0.\n\n"
    "Examples:\n"
    "  redflag lint -p build\n"
    "  redflag lint queue.c -- -Iinclude -DNDEBUG\n"
    "  redflag lint -p build --format sarif -o lint.sarif\n"
    "  redflag lint -p build --baseline lint.json --update-baseline\n";

// ---- redflag-lint ----

static char *own_lint(void) {
  const char *prefix = own_prefix();
  struct buffer path = {0};
  if (!prefix)
    fail(STATUS_FAILED, "lint: cannot find my own files: /proc/self/exe is not readable");
  buffer_printf(&path, "%s/lib/redflag/redflag-lint", prefix);
  if (access(path.at, X_OK))
    fail(STATUS_FAILED, "lint: redflag-lint is missing: %s", path.at);
  return path.at;
}

static char *with_value(const char *name, const char *value) {
  struct buffer b = {0};
  buffer_printf(&b, "%s%s", name, value);
  return b.at;
}

static const char *default_database(void) {
  if (access("compile_commands.json", R_OK) == 0)
    return ".";
  return access("build/compile_commands.json", R_OK) == 0 ? "build" : NULL;
}

// The command line of redflag-lint, ended by NULL.
static char **arguments(int argc, char **argv, bool only_help) {
  char **all = checked_alloc((size_t)(argc + 8) * sizeof *all);
  char number[24];
  size_t n = 0;
  if (!database && !argc && !only_help) {
    database = default_database();
    if (!database)
      fail(STATUS_USAGE, "lint: which files? Name files, or with -p the directory of compile_commands.json");
  }
  snprintf(number, sizeof number, "%ld", jobs ? jobs : sysconf(_SC_NPROCESSORS_ONLN));
  all[n++] = own_lint();
  all[n++] = with_value("--jobs=", number);
  if (selection)
    all[n++] = with_value("--checks=", selection);
  if (database)
    all[n++] = with_value("--database=", database);
  if (fixes)
    all[n++] = with_value("--fix", "");
  for (int i = 0; i < argc; i++)
    all[n++] = checked_copy(argv[i]);
  return all;
}

// Runs it with standard output to fd, if that is not negative. Its exit status.
static int spawn(char **words, int fd) {
  posix_spawn_file_actions_t actions;
  int status = 0;
  pid_t child;
  posix_spawn_file_actions_init(&actions);
  if (fd >= 0)
    posix_spawn_file_actions_adddup2(&actions, fd, STDOUT_FILENO);
  fflush(NULL);
  const int error = posix_spawn(&child, words[0], &actions, NULL, words, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error)
    fail(STATUS_FAILED, "%s: cannot be run: %s", words[0], strerror(error));
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR)
      fail(STATUS_FAILED, "lint: cannot wait for redflag-lint: %s", strerror(errno));
  if (WIFSIGNALED(status))
    fail(STATUS_FAILED, "lint: redflag-lint was ended by signal %d", WTERMSIG(status));
  return WEXITSTATUS(status);
}

static void free_words(char **words) {
  for (char **w = words; *w; w++)
    free(*w);
  free(words);
}

// ---- The verdict ----

static bool collect(struct reports *r, char **words) {
  struct buffer path = {0};
  const char *tmp = getenv("TMPDIR");
  buffer_printf(&path, "%s/redflag-lint.XXXXXX", tmp && *tmp == '/' ? tmp : "/tmp");
  const int fd = mkostemp(path.at, O_CLOEXEC);
  if (fd < 0)
    fail(STATUS_FAILED, "%s: cannot be made: %s", path.at, strerror(errno));
  unlink(path.at); // so that nothing is left behind, however this ends
  const int status = spawn(words, fd);
  if (status == STATUS_USAGE)
    exit(STATUS_USAGE); // it has said why
  path.len = 0;
  buffer_printf(&path, "/dev/fd/%d", fd);
  struct stat written;
  // It has said why it has written nothing.
  const bool read = fstat(fd, &written) == 0 && written.st_size > 0 && read_path(r, path.at);
  read_done(r);
  close(fd);
  buffer_free(&path);
  return status == STATUS_OK && read;
}

static void count_line(const struct reports *r, size_t fresh) {
  if (strcmp(format, "text") != 0)
    return;
  fprintf(stderr, "redflag: lint: %zu new, %zu known\n", fresh, r->count - fresh);
}

int lint_main(int argc, char **argv) {
  const bool only_help = selection && strcmp(selection, "help") == 0;
  struct reports r;
  struct baseline b = {json_object()};
  size_t fresh = 0;
  if (updates && !baseline_path)
    fail(STATUS_USAGE, "lint: --update-baseline needs --baseline FILE");
  if (prunes && !updates)
    fail(STATUS_USAGE, "lint: --prune needs --update-baseline");
  char **words = arguments(argc, argv, only_help);
  if (only_help) {
    const int status = spawn(words, -1);
    free_words(words);
    return status;
  }
  if (baseline_path)
    baseline_read(&b, baseline_path, updates);
  reports_init(&r);
  paths_set_root(root_path);
  const bool fine = collect(&r, words);
  free_words(words);
  if (suppressions_path)
    suppress_apply(suppressions_path, &r);
  baseline_mark(&b, &r);
  reports_sort(&r);
  for (size_t i = 0; i < r.count; i++)
    fresh += !r.at[i].known;
  writer_run(writer_named(format), output_path, &r);
  count_line(&r, fresh);
  if (updates)
    baseline_write(&b, &r, baseline_path, prunes);
  baseline_free(&b);
  reports_free(&r);
  return fresh && !updates ? STATUS_REPORTS : fine ? STATUS_OK : STATUS_FAILED;
}
