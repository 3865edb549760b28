// The subcommands of redflag.
#ifndef RF_TOOL_COMMANDS_H
#define RF_TOOL_COMMANDS_H

#include "command.h"

extern const struct option run_options[], ci_options[], doctor_options[], lint_options[], audit_options[];
extern const struct command report_commands[];
extern const struct command commands[]; // all; ends with a NULL name

int run_main(int argc, char **argv);
int ci_main(int argc, char **argv);
int doctor_main(int argc, char **argv);
int lint_main(int argc, char **argv);
int audit_main(int argc, char **argv);

extern const char run_details[], report_details[], ci_details[], doctor_details[], lint_details[], audit_details[];

// Writes the script that completes commands and options in this shell: bash, zsh or fish.
int completion_write(const char *shell);

#endif
