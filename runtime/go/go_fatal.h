// How a misused program ends: Go's words on stderr and exit status 2.
#ifndef GO_FATAL_H
#define GO_FATAL_H

#include <stddef.h>
#include <stdint.h>

// Jumps to the go_try around the caller; without one: `panic: MESSAGE`, the goroutine that did it, exit
// status 2. The caller holds no guard.
_Noreturn void rf_go_panic_exit(const char *message);
// `fatal error: MESSAGE`, likewise, and nobody catches it.
_Noreturn void rf_go_fatal(const char *message);

// Text put together without stdio.
struct go_text {
  size_t len;
  char at[4096];
};
void rf_go_text_str(struct go_text *t, const char *s);
void rf_go_text_num(struct go_text *t, uint64_t n);
// Writes the text to stderr and empties it.
void rf_go_text_flush(struct go_text *t);
// "goroutine 7 [state]:\n\tname\n", "\t\tfunction file:line\n" for each open call, and "created by name in goroutine
// 1\n\tfile:line\n", as far as it is known.
struct go_view;
void rf_go_text_goroutine(struct go_text *t, const struct go_view *v);
// The same for one that is the caller, whatever it was about to do.
struct goroutine;
void rf_go_text_running(struct go_text *t, const struct goroutine *g);

#endif
