// Mutex annotations of <sanitizer/tsan_interface.h>. From pre_lock to post_lock (likewise unlock and signal)
// the lock's own accesses and atomics do not count; divert leaves that stretch for a while. Flags are the
// header's.
#include "rf_annotated_lock.h"

#define LINKER_INIT (1u << 0)
#define READ_LOCK (1u << 3)
#define TRY_LOCK_FAILED (1u << 5)
#define RECURSIVE_UNLOCK (1u << 7)

// ---- Locks ----

// Readers release here, so that readers do not order each other.
static uintptr_t readers_of(uintptr_t lock) { return lock + 1; }

void rf_annotated_locked(struct rf_self *s, uintptr_t lock, bool exclusive) {
  if (!rf_serial) {
    rf_sync_acquire_at(&s->t, lock);
    if (exclusive)
      rf_sync_acquire_at(&s->t, readers_of(lock));
  }
  rf_held_add(&s->t, lock, exclusive ? "lock" : "read-write lock", exclusive);
  rf_thread_note_sync(&s->t, "lock", lock, RF_SYNC_ACQUIRED);
}

void rf_annotated_unlocking(struct rf_self *s, uintptr_t lock, bool exclusive) {
  rf_held_remove(&s->t, lock);
  if (!rf_serial && exclusive)
    rf_sync_release_store_at(&s->t, lock);
  else if (!rf_serial)
    rf_sync_release_merge_at(&s->t, readers_of(lock));
  rf_thread_note_sync(&s->t, "unlock", exclusive ? lock : readers_of(lock), RF_SYNC_RELEASED);
}

uint32_t rf_annotated_depth(const struct rf_self *s, uintptr_t lock) {
  for (uint32_t i = 0; i < s->t.held_count; i++)
    if (s->t.held[i].lock == lock)
      return s->t.held[i].depth;
  return 0;
}

// ---- Stretches that do not count ----

static void ignore(struct rf_self *s) {
  s->t.ignore++;
  s->t.ignore_sync++;
}

static void count_again(struct rf_self *s) {
  if (s->t.ignore)
    s->t.ignore--;
  if (s->t.ignore_sync)
    s->t.ignore_sync--;
}

// ---- The interface ----

RF_EXPORT void __tsan_mutex_create(void *m, unsigned flags) {
  (void)flags;
  RF_WITH_SELF(rf_sync_forget((uintptr_t)m, 2));
}

RF_EXPORT void __tsan_mutex_destroy(void *m, unsigned flags) {
  if (!(flags & LINKER_INIT))
    RF_WITH_SELF(rf_sync_forget((uintptr_t)m, 2));
}

RF_EXPORT void __tsan_mutex_pre_lock(void *m, unsigned flags) {
  (void)m;
  (void)flags;
  RF_WITH_SELF(ignore(s));
}

RF_EXPORT void __tsan_mutex_post_lock(void *m, unsigned flags, int recursion) {
  (void)recursion;
  RF_WITH_SELF(count_again(s); if (!(flags & TRY_LOCK_FAILED))
                   rf_annotated_locked(s, (uintptr_t)m, !(flags & READ_LOCK)));
}

// Returns how many levels were released, for the post_lock that takes them again.
RF_EXPORT int __tsan_mutex_pre_unlock(void *m, unsigned flags) {
  int levels = 0;
  RF_WITH_SELF(levels = flags & RECURSIVE_UNLOCK ? (int)rf_annotated_depth(s, (uintptr_t)m) : 1;
               for (int i = 1; i < levels; i++) rf_held_remove(&s->t, (uintptr_t)m);
               rf_annotated_unlocking(s, (uintptr_t)m, !(flags & READ_LOCK)); ignore(s));
  return levels;
}

#define STRETCH(name, effect)                                                                                \
  RF_EXPORT void __tsan_mutex_##name(void *m, unsigned flags) {                                              \
    (void)m;                                                                                                 \
    (void)flags;                                                                                             \
    RF_WITH_SELF(effect(s));                                                                                 \
  }
STRETCH(post_unlock, count_again)
STRETCH(pre_signal, ignore)
STRETCH(post_signal, count_again)
STRETCH(pre_divert, count_again)
STRETCH(post_divert, ignore)

RF_EXPORT void __tsan_check_no_mutexes_held(void) {
  bool holds = false;
  RF_WITH_SELF(holds = s->t.held_count != 0);
  if (holds)
    rf_say("a thread holds a lock where __tsan_check_no_mutexes_held() was called", "");
}

// ---- Bare edges ----

RF_EXPORT void __tsan_acquire(void *p) {
  if (!rf_serial)
    RF_WITH_SELF(rf_sync_acquire_at(&s->t, (uintptr_t)p);
                 rf_thread_note_sync(&s->t, "acquire", (uintptr_t)p, RF_SYNC_ACQUIRED));
}

RF_EXPORT void __tsan_release(void *p) {
  if (!rf_serial)
    RF_WITH_SELF(rf_sync_release_merge_at(&s->t, (uintptr_t)p);
                 rf_thread_note_sync(&s->t, "release", (uintptr_t)p, RF_SYNC_RELEASED));
}
