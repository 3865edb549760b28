// Functions of <sanitizer/tsan_interface.h> that the program may define and the runtime calls.
#ifndef RF_TSAN_HOOKS_H
#define RF_TSAN_HOOKS_H

const char *__tsan_default_options(void);
const char *__tsan_default_suppressions(void);
void __tsan_on_initialize(void);
int __tsan_on_finalize(int failed);
void __tsan_on_report(void *report);

#endif
