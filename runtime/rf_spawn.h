// Runs another program for the runtime's sake, out of the program's sight.
#ifndef RF_SPAWN_H
#define RF_SPAWN_H

#include <stddef.h>

// Runs the file at path with argv and an empty environment, gives it the input, and collects at most cap bytes
// of what it prints. Returns their number, or -1 when it could not be run or was not done in time; it does not
// run any more then.
long rf_spawn(const char *path, char *const *argv, const char *input, size_t n, char *out, size_t cap, long max_ms);

#endif
