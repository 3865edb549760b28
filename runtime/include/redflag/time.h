// Time in nanoseconds, as in Go's package time.
#ifndef REDFLAG_TIME_H
#define REDFLAG_TIME_H

#include <redflag/go_errno.h>

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#define GO_NANOSECOND INT64_C(1)
#define GO_MICROSECOND INT64_C(1000)
#define GO_MILLISECOND INT64_C(1000000)
#define GO_SECOND INT64_C(1000000000)
#define GO_MINUTE INT64_C(60000000000)

// Pauses the caller for at least ns nanoseconds; returns at once when ns <= 0. Signals do not shorten it.
// Orders nothing: what another goroutine did meanwhile is not visible by right, however long the pause.
void go_sleep(int64_t ns);

// Nanoseconds since a fixed moment in the past, on a clock that never steps (CLOCK_MONOTONIC). Orders nothing.
int64_t go_now(void);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
