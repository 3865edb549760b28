// What AddressSanitizer and ThreadSanitizer are told in programs that are built with one of them and without the
// detector: which stack the code runs on, and the order that the library makes. Without them nothing is done.
// Sources: sanitizer/common_interface_defs.h, sanitizer/tsan_interface.h.
#ifndef GO_SANITIZER_H
#define GO_SANITIZER_H

#include <stdbool.h>
#include <stddef.h>

// A stack and what the sanitizers keep of it.
struct go_fiber {
  void *context;     // ThreadSanitizer's: whom accesses and calls are counted to
  void *fake_frames; // AddressSanitizer's, while the stack is left
  const void *low;
  size_t bytes;
};

// The calls that switch stacks may not be recorded as calls: their ends would be counted to somebody else.
#if defined(__clang__)
#define GO_UNSANITIZED __attribute__((disable_sanitizer_instrumentation))
#else
#define GO_UNSANITIZED __attribute__((no_sanitize_address, no_sanitize_thread))
#endif

extern bool rf_go_sanitized; // written once, before the first stack is switched to

// Finds out whether there is a sanitizer.
void rf_go_sanitizer_init(void);

// The calling pthread's own stack.
void rf_go_fiber_own(struct go_fiber *f);
// A new goroutine's. name: static text.
void rf_go_fiber_begin(struct go_fiber *f, const char *name, const void *low, size_t bytes);
// It is never switched to again.
void rf_go_fiber_end(struct go_fiber *f);

// Memory that is never unmapped and may hold the only pointer to a block of the program's (LeakSanitizer).
void rf_go_sanitizer_memory(const void *p, size_t bytes);

// rf_go_switch() from one to another. for_good: nobody switches back.
void rf_go_fiber_switch(struct go_fiber *from, void **save, const struct go_fiber *to, void *sp, bool for_good);
// The first thing on a stack that was never switched to before.
void rf_go_fiber_arrive(void);

// ThreadSanitizer's, where it is: the names are its own.
#define GO_FOREIGN __attribute__((weak, visibility("default")))
GO_FOREIGN void __tsan_acquire(void *obj);
GO_FOREIGN void __tsan_release(void *obj);
GO_FOREIGN void __tsan_read_range(void *p, unsigned long bytes);
GO_FOREIGN void __tsan_write_range(void *p, unsigned long bytes);

// Its edges: what happens before a release of obj happens before what follows a later acquire of it.
static inline void rf_go_sanitizer_acquire(const void *obj) {
  if (__builtin_expect(__tsan_acquire != NULL, 0))
    __tsan_acquire((void *)obj);
}

static inline void rf_go_sanitizer_release(const void *obj) {
  if (__builtin_expect(__tsan_release != NULL, 0))
    __tsan_release((void *)obj);
}

// The library reads or writes what is the program's.
static inline void rf_go_sanitizer_read(const void *p, size_t bytes) {
  if (__builtin_expect(__tsan_read_range != NULL, 0))
    __tsan_read_range((void *)p, bytes);
}

static inline void rf_go_sanitizer_write(const void *p, size_t bytes) {
  if (__builtin_expect(__tsan_write_range != NULL, 0))
    __tsan_write_range((void *)p, bytes);
}

#endif
