// Subcommands and their options as data: parsing, --help, completion and the manual's synopsis come from one
// table.
#ifndef RF_TOOL_COMMAND_H
#define RF_TOOL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

enum option_kind { OPTION_FLAG, OPTION_TEXT, OPTION_NUMBER, OPTION_LIST };

struct list {
  const char **at; // borrowed from the command line
  size_t count;
};

struct option {
  const char *name; // without dashes; NULL ends the table
  char letter;      // 0: none
  enum option_kind kind;
  void *to;          // bool, const char *, long, struct list
  const char *value; // what help calls it: FILE, N; `a|b|c` lists all that is allowed
  const char *help;
};

struct command {
  const char *name; // NULL ends the table
  const char *usage, *about;
  const char *details; // paragraphs and examples
  const struct option *options;
  const struct command *sub;         // further subcommands, NULL: none
  bool stops;                        // options end at the first argument
  int (*run)(int argc, char **argv); // arguments without options; returns the exit status
};

// Parses the options of c, and runs it or one of its subcommands. path: its name with those above it.
int command_run(const struct command *c, const char *path, int argc, char **argv);
void command_help(const struct command *c, const char *path);
const struct command *command_find(const struct command *table, const char *name);
const struct option *option_find(const struct option *table, const char *name, size_t n);

#endif
