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

int run_boxes(void);
int run_misuse_tests(void);
int run_select_tests(void);
int run_task_tests(void);
int run_task_edges(void);

#endif
