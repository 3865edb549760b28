// Panics: errors that end the program unless somebody around them catches them, as in Go.
//
// Every misuse of the library that `panic:` announces (send on closed channel, ...) is one too and can be
// caught; what `fatal error:` announces cannot. Neither throwing nor catching orders anything: both happen in
// one goroutine.
#ifndef REDFLAG_PANIC_H
#define REDFLAG_PANIC_H

#include <stdarg.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

// The longest message in bytes, the 0 at its end included; what is longer is cut.
#define GO_PANIC_BYTES 512

// Calls f(arg). Returns NULL when f has returned, and the message when f has panicked: then f and all that it
// had called are left as by longjmp, without C++ destructors, and locks that they hold stay locked. The message
// belongs to the goroutine: it is good until the goroutine's next panic or end. Calls may be nested; the
// innermost catches. Only the calling goroutine's panics are caught, not those of goroutines that f starts. A
// C++ exception must not leave f.
const char *go_try(void (*f)(void *), void *arg);

__attribute__((noreturn)) void go__panic(const char *message);

// go_panic(format, ...) panics with a message put together as by printf. Uncaught it ends the program with
// status 2 after `panic: MESSAGE`, a blank line, `goroutine N [running]:`, the goroutine's name, who started it and,
// if by a go statement, where, on stderr. Not for signal handlers.
// Here, so that it is the program that formats: its arguments are checked as those of any printf are.
__attribute__((noreturn, format(printf, 1, 2))) static inline void go_panic(const char *format, ...) {
  char message[GO_PANIC_BYTES];
  va_list args;
  va_start(args, format);
  vsnprintf(message, sizeof message, format, args);
  va_end(args);
  go__panic(message);
}

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
