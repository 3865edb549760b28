// abi/rf_edges.h: what library code tells the detector.
#include "rf_edges.h"

#include "rf_runtime.h"
#include "rf_sys.h"

#include <pthread.h>

// While the program is serial, whoever comes later knows all that happened, so clocks need no upkeep.

RF_EXPORT void __rf_acquire(const void *obj) {
  if (!rf_serial)
    RF_WITH_SELF(rf_sync_acquire_at(&s->t, (uintptr_t)obj);
                 rf_thread_note_sync(&s->t, NULL, (uintptr_t)obj, RF_SYNC_ACQUIRED); rf_thread_settle(&s->t));
}

RF_EXPORT void __rf_release(const void *obj) {
  if (!rf_serial)
    RF_WITH_SELF(rf_sync_release_merge_at(&s->t, (uintptr_t)obj);
                 rf_thread_note_sync(&s->t, NULL, (uintptr_t)obj, RF_SYNC_RELEASED));
}

RF_EXPORT void __rf_release_store(const void *obj) {
  if (!rf_serial)
    RF_WITH_SELF(rf_sync_release_store_at(&s->t, (uintptr_t)obj);
                 rf_thread_note_sync(&s->t, NULL, (uintptr_t)obj, RF_SYNC_RELEASED));
}

// Nothing is noted of an offer: it is no synchronisation before somebody comes.
RF_EXPORT void __rf_offer(uint64_t *word) {
  if (!rf_serial)
    RF_WITH_SELF(rf_sync_offer(&s->t, word));
}

RF_EXPORT void __rf_meet(uint64_t *word) {
  if (!rf_serial)
    RF_WITH_SELF(rf_sync_meet(&s->t, word);
                 rf_thread_note_sync(&s->t, NULL, (uintptr_t)word, RF_SYNC_RELEASED | RF_SYNC_ACQUIRED);
                 rf_thread_settle(&s->t));
}

RF_EXPORT void __rf_met(uint64_t *word) {
  if (!rf_serial)
    RF_WITH_SELF(rf_sync_met(&s->t, word);
                 rf_thread_note_sync(&s->t, NULL, (uintptr_t)word, RF_SYNC_RELEASED | RF_SYNC_ACQUIRED);
                 rf_thread_settle(&s->t));
}

RF_EXPORT void __rf_sync_forget(const void *p, size_t n) { RF_WITH_SELF(rf_sync_forget((uintptr_t)p, n)); }

RF_EXPORT void __rf_note_read(const void *p, size_t n, const struct rf_libsite *site) {
  if (!rf_serial)
    RF_WITH_SELF(rf_check(s, p, n, RF_CELL_PLAIN, NULL, site));
}

RF_EXPORT void __rf_note_write(const void *p, size_t n, const struct rf_libsite *site) {
  if (!rf_serial)
    RF_WITH_SELF(rf_check(s, p, n, RF_CELL_PLAIN | RF_CELL_WRITE, NULL, site));
}

RF_EXPORT void __rf_lock_taken(uint64_t *word, const void *lock, const char *name) {
  RF_WITH_SELF(rf_held_add(&s->t, (uintptr_t)lock, name, true); if (!rf_serial) {
    rf_sync_lock_word(&s->t, word);
    rf_thread_note_sync(&s->t, NULL, (uintptr_t)word, RF_SYNC_ACQUIRED);
    rf_thread_settle(&s->t);
  });
}

RF_EXPORT void __rf_lock_leaving(uint64_t *word, const void *lock) {
  RF_WITH_SELF(rf_held_remove(&s->t, (uintptr_t)lock); if (!rf_serial) {
    rf_sync_unlock_word(&s->t, word);
    rf_thread_note_sync(&s->t, NULL, (uintptr_t)word, RF_SYNC_RELEASED);
  });
}

RF_EXPORT void __rf_lock_held(const void *lock, const char *name, int exclusive) {
  RF_WITH_SELF(rf_held_add(&s->t, (uintptr_t)lock, name, exclusive));
}

RF_EXPORT void __rf_lock_dropped(const void *lock) { RF_WITH_SELF(rf_held_remove(&s->t, (uintptr_t)lock)); }

RF_EXPORT struct rf_birth *__rf_thread_fork(enum rf_thread_kind kind, const char *name, const struct rf_site *site) {
  struct rf_self *s = rf_enter();
  struct rf_birth *b = s->live ? rf_thread_fork(&s->t, kind, name, site) : NULL;
  rf_leave(s);
  return b;
}

RF_EXPORT void __rf_thread_begin(struct rf_birth *birth) {
  struct rf_self *s = rf_self_ptr ? rf_enter() : rf_self_new(); // either comes back inside
  if (birth)
    rf_self_begin(s, birth, true);
  rf_leave(s);
}

RF_EXPORT void __rf_thread_end(void) { RF_WITH_SELF(rf_self_end(s)); }

RF_EXPORT void __rf_thread_drop(struct rf_birth *birth) {
  struct rf_self *s = rf_enter();
  if (birth)
    rf_birth_drop(birth);
  rf_leave(s);
}

RF_EXPORT uint64_t __rf_thread_number(void) {
  uint64_t number = 0;
  RF_WITH_SELF(number = s->t.self->number);
  return number;
}

// ---- Jumps ----

RF_EXPORT void __rf_calls_mark(struct rf_calls *mark) { *mark = (struct rf_calls){__rf_tls.sp, __rf_tls.lsp}; }

RF_EXPORT void __rf_calls_return(const struct rf_calls *mark) {
  __rf_tls.sp = mark->frame;
  __rf_tls.lsp = mark->local;
}

// ---- Threads that the program does not see ----

extern int (*rf_real_pthread_create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

RF_EXPORT int __rf_host_thread(void *(*entry)(void *), void *arg, size_t stack) {
  pthread_attr_t attr;
  pthread_t id;
  pthread_attr_init(&attr);
  // pthread functions that are intercepted must not be called here: those edges would hide races.
  pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
  if (stack)
    pthread_attr_setstacksize(&attr, stack);
  const int error = rf_real_pthread_create(&id, &attr, entry, arg);
  pthread_attr_destroy(&attr);
  return error;
}

RF_EXPORT void __rf_host_thread_end(void) { rf_self_free(rf_enter()); }

RF_EXPORT _Noreturn void __rf_host_exit(int status) { rf_exit_now(status); }
