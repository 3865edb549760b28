// What the files of go_test share.
#ifndef GO_TESTS_H
#define GO_TESTS_H

#define REDFLAG_NO_KEYWORDS
#include <redflag/go.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

// GO_SANITIZED: a sanitizer listens, whose own memory counts too; ThreadSanitizer takes 8,128 goroutines at most.
// GO_OWN_DETECTOR: this one does, to the library's own sources (test/go/sanitized).
#ifdef GO_OWN_DETECTOR
#define GO_SANITIZED
#endif
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define GO_SANITIZED
#endif
#if __has_feature(thread_sanitizer)
#define GO_THREAD_SANITIZED // it has a thread of its own, which might wake others, so that nothing is a deadlock
#endif
#endif

int run_boxes(void);
int run_misuse_tests(void);
int run_select_tests(void);
int run_task_tests(void);
int run_task_edges(void);

#endif
