// Filters of system calls that the program installs (seccomp(2)): which of the runtime's own calls they forbid. Those
// are not made any more, for a filter may end the process.
#ifndef RF_FILTER_H
#define RF_FILTER_H

struct sock_fprog;

// Before the filter is installed. NULL: strict mode.
void rf_filter_comes(const struct sock_fprog *program);
// It was not installed.
void rf_filter_failed(void);

#endif
