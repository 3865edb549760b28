// Synchronisation objects: what a release leaves behind for acquires of the same address.
// Invariant: an object is read and written only under its line's lock, which the caller takes with
// rf_sync_enter; an atomic operation of the program happens under the same lock, so that the order of
// operations on a location and the order of clock transfers are one.
#ifndef RF_SYNC_H
#define RF_SYNC_H

#include "rf_thread.h"

struct rf_sync;
struct rf_line; // what lies in one granule of 8 bytes, the unit of locking

void rf_sync_init(void);
struct rf_line *rf_sync_enter(uintptr_t addr);
// Whoever holds the line calls this before changing an object in it or the value of a location.
void rf_sync_change(struct rf_line *line);
void rf_sync_leave(struct rf_line *line);

// The object at addr, NULL if there is none and create is false. Caller holds the line.
struct rf_sync *rf_sync_find(struct rf_line *line, uintptr_t addr, bool create);

// Joins what was released into t's clock.
void rf_sync_acquire(struct rf_thread *t, struct rf_sync *s);
// Adds t's clock to what is released (several threads may contribute: wait groups, barriers, rwlocks).
void rf_sync_release_merge(struct rf_thread *t, struct rf_sync *s);
// Replaces what is released by t's clock (a mutex: the former holder's is in t's clock already).
void rf_sync_release_store(struct rf_thread *t, struct rf_sync *s);

// Whole steps for callers that do nothing else under the line.
void rf_sync_acquire_at(struct rf_thread *t, uintptr_t addr);
void rf_sync_release_merge_at(struct rf_thread *t, uintptr_t addr);
void rf_sync_release_store_at(struct rf_thread *t, uintptr_t addr);

// A thread that waits for a partner offers at a word at which nobody else offers; the partner that comes meets it
// there, and then the first one has met: an acquire and a release for each. The word is the core's, and 0 at first
// and once it was forgotten. The caller sees to it that these calls, and others on its object, follow each other.
void rf_sync_offer(struct rf_thread *t, uint64_t *word);
void rf_sync_meet(struct rf_thread *t, uint64_t *word);
void rf_sync_met(struct rf_thread *t, uint64_t *word);

// A lock with a word of this kind, which its holder alone names. Otherwise as below.
void rf_sync_lock_word(struct rf_thread *t, uint64_t *word);
void rf_sync_unlock_word(struct rf_thread *t, uint64_t *word);

// A lock that excludes all others, or, for readers, all writers; the caller has added it to those that t holds, or
// taken it from them. readers: an address for what readers release, which writers acquire.
void rf_sync_lock_at(struct rf_thread *t, uintptr_t lock);
void rf_sync_unlock_at(struct rf_thread *t, uintptr_t lock);
void rf_sync_read_lock_at(struct rf_thread *t, uintptr_t lock, uintptr_t readers);
void rf_sync_read_unlock_at(struct rf_thread *t, uintptr_t readers);

// Drops every object in [addr, addr + size).
void rf_sync_forget(uintptr_t addr, size_t size);
void rf_sync_after_fork(void);

#endif
