// The rest of ThreadSanitizer's public interface: hooks of the program, and functions that have nothing to do
// here.
#include "rf_options.h"
#include "rf_tsan.h"
#include "rf_tsan_hooks.h"

// ---- Hooks: the program may define them; these are called when it does not ----

#define HOOK __attribute__((weak, visibility("default")))
HOOK const char *__tsan_default_options(void) { return ""; }
HOOK const char *__tsan_default_suppressions(void) { return ""; }
HOOK void __tsan_on_initialize(void) {}
HOOK int __tsan_on_finalize(int failed) { return failed; }
HOOK void __tsan_on_report(void *report) { (void)report; }

// ---- Reports as __tsan_on_report sees them: what kind, and nothing of what is in them ----

RF_EXPORT int __tsan_get_report_data(void *report, const char **description, int *count, int *stacks, int *accesses,
                                     int *locations, int *mutexes, int *threads, int *unique_tids, void **sleep,
                                     unsigned long sleep_size) {
  (void)report;
  *description = "data-race";
  *count = 1;
  *stacks = *accesses = *locations = *mutexes = *threads = *unique_tids = 0;
  for (unsigned long i = 0; i < sleep_size; i++)
    sleep[i] = NULL;
  return 1;
}

#define NO_PART(name)                                                                                        \
  RF_EXPORT int __tsan_get_report_##name(void) { return 0; }
NO_PART(stack)
NO_PART(mop)
NO_PART(loc)
NO_PART(loc_object_type)
NO_PART(mutex)
NO_PART(thread)
NO_PART(unique_tid)
NO_PART(tag)
RF_EXPORT void *__tsan_get_current_report(void) { return NULL; }

// ---- Nothing to do ----

// ThreadSanitizer drops its shadow here to save memory. Ours is exact, and dropping it would lose races.
RF_EXPORT void __tsan_flush_memory(void) {}

// Accesses that a library without checks makes on objects of its own kind, told apart by a tag. They are not
// judged, like all that such libraries do: the tags of ThreadSanitizer exist for its reports' wording.
RF_EXPORT void *__tsan_external_register_tag(const char *type) { return (void *)type; }
RF_EXPORT void __tsan_external_register_header(void *tag, const char *header) {
  (void)tag;
  (void)header;
}
RF_EXPORT void __tsan_external_assign_tag(void *p, void *tag) {
  (void)p;
  (void)tag;
}
RF_EXPORT void __tsan_external_read(void *p, void *pc, void *tag) {
  (void)p;
  (void)pc;
  (void)tag;
}
RF_EXPORT void __tsan_external_write(void *p, void *pc, void *tag) {
  (void)p;
  (void)pc;
  (void)tag;
}
