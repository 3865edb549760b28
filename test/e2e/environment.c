// The C library is started with the program's arguments and environment, also under a preloaded heap, and the program
// finds them from its first constructor on.
// RUN: %cc -O1 %s -o %t && env GREETING=hello %clean %t
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int early;
__attribute__((constructor)) static void first(void) { early = getenv("GREETING") != NULL; }

int main(int argc, char **argv) {
  const char *greeting = getenv("GREETING");
  const char *slash = strrchr(argv[0], '/');
  return !(argc == 1 && early && greeting && !strcmp(greeting, "hello") &&
           !strcmp(program_invocation_short_name, slash ? slash + 1 : argv[0]));
}
