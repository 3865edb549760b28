// Filters of system calls that the program installs (seccomp(2)): which of the runtime's own calls they forbid. Those
// are not made any more, for a filter may end the process.
#ifndef RF_FILTER_H
#define RF_FILTER_H

struct sock_fprog;

#include <stdbool.h>

// Before the filter is installed, NULL: strict mode; and when that is done.
void rf_filter_comes(const struct sock_fprog *program);
void rf_filter_done(bool installed);

#endif
