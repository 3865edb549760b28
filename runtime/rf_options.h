// Run-time options, parsed once at start-up from REDFLAG_OPTIONS. See rf_options.def for the keys.
#ifndef RF_OPTIONS_H
#define RF_OPTIONS_H

#include <stddef.h>

struct rf_options {
#define RF_OPTION_BOOL int
#define RF_OPTION_INT int
#define RF_OPTION_STRING const char *
#define RF_OPTION(type, name, def, help) RF_OPTION_##type name;
#include "rf_options.def"
#undef RF_OPTION
};

extern struct rf_options rf_options;

// Of a process that the detector ends itself: never success, even where exitcode=0 leaves programs their own status.
static inline int rf_options_end_status(void) { return rf_options.exitcode ? rf_options.exitcode : 1; }

// Parses key=value pairs separated by colons, blanks or commas into rf_options. Values may stand in single
// or double quotes. On a mistake writes one sentence of at most cap bytes to error and returns -1.
// text is copied where needed.
int rf_options_parse(const char *text, char *error, size_t cap);
// The list of keys with defaults and help, as a static string built at the first call.
const char *rf_options_help(void);

#endif
