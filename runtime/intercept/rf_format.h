// The memory that printf and scanf touch through their arguments, by walking the format. A format with
// numbered arguments (`%1$s`) is not walked.
#ifndef RF_FORMAT_H
#define RF_FORMAT_H

#include "rf_intercept.h"

#include <stdarg.h>

// Reads of strings and writes of %n.
void rf_format_print(struct rf_self *s, const char *format, va_list args, const struct rf_libsite *site);
// Writes of the first `assigned` conversions.
void rf_format_scan(struct rf_self *s, const char *format, va_list args, int assigned, const struct rf_libsite *site);

#endif
