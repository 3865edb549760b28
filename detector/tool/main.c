// redflag: the command-line tool. Subcommands are rows of a table.
#include "commands.h"
#include "fail.h"
#include "model.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

static bool version;
static const char *shell;

static int help_main(int argc, char **argv);

static const struct option help_options[] = {
    {"completion", 0, OPTION_TEXT, &shell, "bash|zsh|fish", "print the completion script of a shell"},
    {NULL, 0, OPTION_FLAG, NULL, NULL, NULL}};

const struct command commands[] = {
    {"run", "[options] -- COMMAND [ARGUMENT...]", "run a command and its children, and give one verdict",
     run_details, run_options, NULL, true, run_main},
    {"report", "COMMAND [options] FILE|DIRECTORY...",
     "read, merge, filter, compare and convert files of reports", report_details, NULL, report_commands, false,
     NULL},
    {"ci", "[options] FILE|DIRECTORY...", "print what a pull request needs", ci_details, ci_options, NULL,
     false, ci_main},
    {"audit", "[options] FILE...", "tell which functions of programs and libraries are checked", audit_details,
     audit_options, NULL, false, audit_main},
    {"lint", "[options] [FILE...] [-- FLAG...]", "find mistakes of threads in sources", lint_details,
     lint_options, NULL, true, lint_main},
    {"doctor", "[options]", "look at the installation and at what works here", doctor_details, doctor_options, NULL,
     false, doctor_main},
    {"help", "[COMMAND [COMMAND]]", "tell about a command", NULL, help_options, NULL, false, help_main},
    {NULL, NULL, NULL, NULL, NULL, NULL, false, NULL},
};

static const struct option root_options[] = {{"version", 'V', OPTION_FLAG, &version, NULL, "print the version"},
                                             {NULL, 0, OPTION_FLAG, NULL, NULL, NULL}};

static int root_main(int argc, char **argv);

static const struct command root = {
    "redflag",
    "COMMAND [options]",
    "Data races and other mistakes of threads: run programs, and read what they report.",
    "`redflag help COMMAND` tells about one of them.\n\nExample:\n  redflag run -- ./program\n",
    root_options,
    commands,
    false,
    root_main};

static int root_main(int argc, char **argv) {
  (void)argc, (void)argv;
  if (!version)
    fail(STATUS_USAGE, "which command? 'redflag help' lists them");
  printf("redflag %s (schema %d of reports)\n", RF_VERSION, SCHEMA);
  return STATUS_OK;
}

static int help_main(int argc, char **argv) {
  char path[64] = "redflag";
  const struct command *c = &root;
  if (shell)
    return completion_write(shell);
  for (int i = 0; i < argc; i++) {
    const struct command *s = command_find(c->sub, argv[i]);
    if (!s)
      fail(STATUS_USAGE, "help: unknown command '%s'; 'redflag help' lists them", argv[i]);
    snprintf(path + strlen(path), sizeof path - strlen(path), " %s", s->name);
    c = s;
  }
  command_help(c, path);
  return STATUS_OK;
}

int main(int argc, char **argv) {
  setlocale(LC_CTYPE, "C.UTF-8");
  const int status = command_run(&root, "redflag", argc - 1, argv + 1);
  if (fflush(stdout) || ferror(stdout))
    fail(STATUS_FAILED, "standard output cannot be written");
  return status;
}
