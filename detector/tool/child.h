// A command with all its children, in a process group of its own: started, watched, and ended in time.
#ifndef RF_TOOL_CHILD_H
#define RF_TOOL_CHILD_H

#include <stdbool.h>

struct child_end {
  int status;     // as a shell has it: 128 + N for signal N; 126 or 127 if it could not be started
  bool timed_out; // ended for that
  bool stopped;   // by a signal that was meant for the tool, or by the keyboard: no further runs
};

// Runs argv with this environment variable set. timeout in seconds, 0: none. Ends the program if no process can
// be made.
struct child_end child_run(char **argv, const char *variable, const char *value, long timeout);

#endif
