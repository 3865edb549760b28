// Sanitizers are found by the names that their runtimes define; see go_sanitizer.h. The detector's runtime defines
// ThreadSanitizer's names too: where it is present, nothing here is used.
#define _GNU_SOURCE
#include "go_sanitizer.h"

#include "go_switch.h"

#include <pthread.h>
#include <stdint.h>

GO_FOREIGN void __sanitizer_start_switch_fiber(void **fake_frames, const void *low, size_t bytes);
GO_FOREIGN void __sanitizer_finish_switch_fiber(void *fake_frames, const void **low, size_t *bytes);
GO_FOREIGN void __asan_unpoison_memory_region(const volatile void *p, size_t bytes);
GO_FOREIGN void __lsan_register_root_region(const void *p, size_t bytes);
GO_FOREIGN void *__tsan_get_current_fiber(void);
GO_FOREIGN void *__tsan_create_fiber(unsigned flags);
GO_FOREIGN void __tsan_destroy_fiber(void *fiber);
GO_FOREIGN void __tsan_switch_to_fiber(void *fiber, unsigned flags);
GO_FOREIGN void __tsan_set_fiber_name(void *fiber, const char *name);

// For __tsan_switch_to_fiber(). 1: that a pthread passes from one goroutine to the next orders nothing of the program's.
// It does order what the library itself does, which matters where its own sources are checked (test/go/sanitized).
#ifndef RF_GO_SWITCH_FLAGS
#define RF_GO_SWITCH_FLAGS 1
#endif

bool rf_go_sanitized;

static bool threads(void) { return __tsan_switch_to_fiber != NULL; }
static bool addresses(void) { return __sanitizer_start_switch_fiber && __asan_unpoison_memory_region; }

void rf_go_sanitizer_init(void) { rf_go_sanitized = threads() || addresses(); }

void rf_go_fiber_own(struct go_fiber *f) {
  pthread_attr_t attr;
  void *low;
  if (threads())
    f->context = __tsan_get_current_fiber();
  if (pthread_getattr_np(pthread_self(), &attr))
    return;
  if (!pthread_attr_getstack(&attr, &low, &f->bytes))
    f->low = low;
  pthread_attr_destroy(&attr);
}

void rf_go_fiber_begin(struct go_fiber *f, const char *name, const void *low, size_t bytes) {
  f->low = low;
  f->bytes = bytes;
  f->fake_frames = NULL;
  if (!threads())
    return;
  f->context = __tsan_create_fiber(0);
  __tsan_set_fiber_name(f->context, name);
}

void rf_go_fiber_end(struct go_fiber *f) {
  if (threads())
    __tsan_destroy_fiber(f->context);
}

void rf_go_sanitizer_memory(const void *p, size_t bytes) {
  if (__lsan_register_root_region)
    __lsan_register_root_region(p, bytes);
}

// What lies between the caller's frame and the end of the stack belongs to frames that never return.
static void forget_frames(const struct go_fiber *f, const char *frame) {
  __asan_unpoison_memory_region(frame, (size_t)((const char *)f->low + f->bytes - frame));
}

GO_UNSANITIZED __attribute__((noinline)) void
rf_go_fiber_switch(struct go_fiber *from, void **save, const struct go_fiber *to, void *sp, bool for_good) {
  if (addresses()) {
    if (for_good)
      forget_frames(from, __builtin_frame_address(0));
    __sanitizer_start_switch_fiber(for_good ? NULL : &from->fake_frames, to->low, to->bytes);
  }
  if (threads())
    __tsan_switch_to_fiber(to->context, RF_GO_SWITCH_FLAGS);
  rf_go_switch(save, sp);
  if (addresses())
    __sanitizer_finish_switch_fiber(from->fake_frames, NULL, NULL);
}

GO_UNSANITIZED void rf_go_fiber_arrive(void) {
  if (addresses())
    __sanitizer_finish_switch_fiber(NULL, NULL, NULL);
}
