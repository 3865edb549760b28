// How the tool speaks of trouble: one line on stderr that begins with `redflag: `. Names in it are made
// harmless.
#ifndef RF_TOOL_FAIL_H
#define RF_TOOL_FAIL_H

// Exit statuses, as the manual has them.
enum {
  STATUS_OK = 0,
  STATUS_FAILED = 1, // something could not be read or written
  STATUS_USAGE = 2,
  STATUS_REPORTS = 66,
};

void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void fail(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
