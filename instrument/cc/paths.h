// Where things are: our own files beside the executable, and clang.
#ifndef CC_PATHS_H
#define CC_PATHS_H

#include <stdbool.h>

// A file of ours, lib/redflag/NAME beside bin/.
char *own_file(const char *name);
// The same, but a missing file ends the program; what tells the user what it is.
char *own_file_required(const char *name, const char *what);

// Path of the clang to run; ends the program when there is none. *needs_mode: it must be told to be a C++
// driver.
const char *find_clang(bool cxx, bool *needs_mode);

// Its major version, 0 unknown. By its name where that tells, since asking takes as long as a small compilation.
int clang_version(const char *clang);
// The compiler plugin for that version, which may not be there.
char *find_plugin(int version);

// A library beside the compiler's own, NULL if there is none; *dir: where it lies.
char *clang_library(const char *clang, const char *name, char **dir);

#endif
