// The goroutine library without a detector: nobody listens to edges but a sanitizer, and threads are plain pthreads.
#include "go_sanitizer.h"
#include "rf_edges.h"

#include <pthread.h>
#include <stdlib.h>

void __rf_acquire(const void *obj) { rf_go_sanitizer_acquire(obj); }
void __rf_release(const void *obj) { rf_go_sanitizer_release(obj); }
void __rf_release_store(const void *obj) { rf_go_sanitizer_release(obj); }
void __rf_offer(uint64_t *obj) { rf_go_sanitizer_release(obj); }
void __rf_meet(uint64_t *obj) {
  rf_go_sanitizer_acquire(obj);
  rf_go_sanitizer_release(obj);
}
void __rf_met(uint64_t *obj) { rf_go_sanitizer_acquire(obj); }
void __rf_sync_forget(const void *p, size_t n) {}
void __rf_note_read(const void *p, size_t n, const struct rf_libsite *site) { rf_go_sanitizer_read(p, n); }
void __rf_note_write(const void *p, size_t n, const struct rf_libsite *site) { rf_go_sanitizer_write(p, n); }
void __rf_variable_born(const void *p, size_t n, const struct rf_var *var) {}
void __rf_variable_gone(const void *p, size_t n) {}
void __rf_lock_taken(uint64_t *word, const void *lock, const char *name) { rf_go_sanitizer_acquire(word); }
void __rf_lock_leaving(uint64_t *word, const void *lock) { rf_go_sanitizer_release(word); }
void __rf_lock_held(const void *lock, const char *name, int exclusive) {}
void __rf_lock_dropped(const void *lock) {}

struct rf_birth *__rf_thread_fork(enum rf_thread_kind kind, const char *name, const struct rf_site *site) {
  return NULL;
}

void __rf_thread_begin(struct rf_birth *birth) {}
void __rf_thread_end(void) {}
void __rf_thread_drop(struct rf_birth *birth) {}
uint64_t __rf_thread_number(void) { return 0; }

void __rf_calls_mark(struct rf_calls *mark) {}
void __rf_calls_return(const struct rf_calls *mark) {}
size_t __rf_routine_room(size_t bytes) { return 0; }
struct rf_routine *__rf_routine_begin(struct rf_birth *birth, void *low, size_t bytes, int fresh) { return NULL; }
void __rf_routine_resume(struct rf_routine *r) {}
void __rf_routine_park(struct rf_routine *r) {}
void __rf_routine_end(struct rf_routine *r) {}
void __rf_routine_arrive(void) {}
void __rf_routine_soon(const struct rf_routine *r) {}
void __rf_routine_idle(int idle) {}
void __rf_routine_cold(void *low, size_t bytes) {}
size_t __rf_routine_calls(const struct rf_routine *r, const struct rf_site **sites, size_t max) { return 0; }
struct rf_self *__rf_thread_handle(void) { return NULL; }
size_t __rf_thread_calls(const struct rf_self *thread, const struct rf_site **sites, size_t max) { return 0; }
void __rf_host_thread_end(void) {}

int __rf_host_thread(void *(*entry)(void *), void *arg, size_t stack) {
  pthread_attr_t attr;
  pthread_t thread;
  int error = pthread_attr_init(&attr);
  if (error)
    return error;
  pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
  if (stack)
    error = pthread_attr_setstacksize(&attr, stack);
  if (!error)
    error = pthread_create(&thread, &attr, entry, arg);
  pthread_attr_destroy(&attr);
  return error;
}

void __rf_host_exit(int status) { exit(status); }
