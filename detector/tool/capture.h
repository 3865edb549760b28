// A program that is run for what it says: both of its streams, and how it ended.
#ifndef RF_TOOL_CAPTURE_H
#define RF_TOOL_CAPTURE_H

#include "buffer.h"

enum { CAPTURE_MAX = 64 * 1024 }; // bytes kept; what comes after is read and dropped

struct capture {
  int status; // as a shell has it: 128 + N for signal N; 127 if it could not be started; 124 if it took too long
  struct buffer text;
};

// Runs argv with standard input empty, for at most so many seconds. text is the caller's to free.
struct capture capture_run(char *const *argv, long seconds);
// The first line of what it said that contains one of these words, else its first line; "" if it said nothing. Static.
const char *capture_line(const struct capture *c, const char *const *words);

#endif
