// Errors of the wrapper: one line, then exit 1.
#ifndef CC_FAIL_H
#define CC_FAIL_H

extern const char *program_name; // "redflag-cc" or "redflag-c++"

_Noreturn void fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
