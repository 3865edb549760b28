// The calls into the detector where there is none: nothing, but for what ThreadSanitizer wants to know. In the library's
// own sources they are inline, since a call would cost as much as what it accompanies; standalone.c makes functions of
// them for everybody else.
#ifndef GO_STANDALONE_H
#define GO_STANDALONE_H

#include "go_sanitizer.h"
#include "rf_edges.h"

#ifndef GO_EDGE
#define GO_EDGE extern inline __attribute__((gnu_inline, always_inline)) // never a function by itself
#endif

GO_EDGE void __rf_acquire(const void *obj) { rf_go_sanitizer_acquire(obj); }
GO_EDGE void __rf_release(const void *obj) { rf_go_sanitizer_release(obj); }
GO_EDGE void __rf_release_store(const void *obj) { rf_go_sanitizer_release(obj); }
GO_EDGE void __rf_offer(uint64_t *obj) { rf_go_sanitizer_release(obj); }
GO_EDGE void __rf_meet(uint64_t *obj) {
  rf_go_sanitizer_acquire(obj);
  rf_go_sanitizer_release(obj);
}
GO_EDGE void __rf_met(uint64_t *obj) { rf_go_sanitizer_acquire(obj); }
GO_EDGE void __rf_sync_forget(const void *p, size_t n) {}
GO_EDGE void __rf_note_read(const void *p, size_t n, const struct rf_libsite *site) { rf_go_sanitizer_read(p, n); }
GO_EDGE void __rf_note_write(const void *p, size_t n, const struct rf_libsite *site) { rf_go_sanitizer_write(p, n); }
GO_EDGE void __rf_variable_born(const void *p, size_t n, const struct rf_var *var) {}
GO_EDGE void __rf_variable_gone(const void *p, size_t n) {}
GO_EDGE void __rf_lock_taken(uint64_t *word, const void *lock, const char *name) { rf_go_sanitizer_acquire(word); }
GO_EDGE void __rf_lock_leaving(uint64_t *word, const void *lock) { rf_go_sanitizer_release(word); }
GO_EDGE void __rf_lock_held(const void *lock, const char *name, int exclusive) {}
GO_EDGE void __rf_lock_dropped(const void *lock) {}
GO_EDGE struct rf_birth *__rf_thread_fork(enum rf_thread_kind kind, const char *name, const struct rf_site *site) {
  return NULL;
}
GO_EDGE void __rf_thread_begin(struct rf_birth *birth) {}
GO_EDGE void __rf_thread_end(void) {}
GO_EDGE void __rf_thread_drop(struct rf_birth *birth) {}
GO_EDGE uint64_t __rf_thread_number(void) { return 0; }
GO_EDGE void __rf_calls_mark(struct rf_calls *mark) {}
GO_EDGE void __rf_calls_return(const struct rf_calls *mark) {}
GO_EDGE size_t __rf_routine_room(size_t bytes) { return 0; }
GO_EDGE struct rf_routine *__rf_routine_begin(struct rf_birth *birth, void *low, size_t bytes, int fresh) {
  return NULL;
}
GO_EDGE void __rf_routine_resume(struct rf_routine *r) {}
GO_EDGE void __rf_routine_park(struct rf_routine *r) {}
GO_EDGE void __rf_routine_end(struct rf_routine *r) {}
GO_EDGE void __rf_routine_arrive(void) {}
GO_EDGE void __rf_routine_soon(const struct rf_routine *r) {}
GO_EDGE void __rf_routine_idle(int idle) {}
GO_EDGE void __rf_routine_cold(void *low, size_t bytes) {}
GO_EDGE size_t __rf_routine_calls(const struct rf_routine *r, const struct rf_site **sites, size_t max) { return 0; }
GO_EDGE struct rf_self *__rf_thread_handle(void) { return NULL; }
GO_EDGE size_t __rf_thread_calls(const struct rf_self *thread, const struct rf_site **sites, size_t max) { return 0; }

#endif
