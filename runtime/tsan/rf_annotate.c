// Dynamic annotations as functions: the names that programs call to tell a race detector of synchronisation it
// cannot see. Every one takes the place of the call as file and line, which reports do not need: they have the
// stack. redflag/annotate.h documents the edge of each.
#include "rf_annotated_lock.h"
#include "rf_benign.h"
#include "rf_tsan.h"

#define ANNOTATION(name, ...) RF_EXPORT void Annotate##name(const char *file, int line, ##__VA_ARGS__)
#define NOTHING(name, ...)                                                                                   \
  ANNOTATION(name, ##__VA_ARGS__) {                                                                          \
    (void)file;                                                                                              \
    (void)line;                                                                                              \
  }

#define OBJ const volatile void *p
#define AT ((uintptr_t)p)

static void happens_before(uintptr_t at) {
  if (!rf_serial)
    RF_WITH_SELF(rf_sync_release_merge_at(&s->t, at);
                 rf_thread_note_sync(&s->t, "annotation", at, RF_SYNC_RELEASED));
}
static void happens_after(uintptr_t at) {
  if (!rf_serial)
    RF_WITH_SELF(rf_sync_acquire_at(&s->t, at); rf_thread_note_sync(&s->t, "annotation", at, RF_SYNC_ACQUIRED));
}
static void forget(uintptr_t at, size_t n) { RF_WITH_SELF(rf_sync_forget(at, n)); }
static void new_memory(uintptr_t at, size_t n) {
  RF_WITH_SELF(rf_map_drop(&s->t, at, n); rf_sync_forget(at, n));
}

// ---- Bare edges ----

ANNOTATION(HappensBefore, OBJ) { happens_before(AT); }
ANNOTATION(HappensAfter, OBJ) { happens_after(AT); }
RF_EXPORT void WTFAnnotateHappensBefore(const char *file, int line, OBJ) { happens_before(AT); }
RF_EXPORT void WTFAnnotateHappensAfter(const char *file, int line, OBJ) { happens_after(AT); }

// A signal orders what was done before it before the return of the waits it may have woken.
ANNOTATION(CondVarSignal, OBJ) { happens_before(AT); }
ANNOTATION(CondVarSignalAll, OBJ) { happens_before(AT); }
ANNOTATION(CondVarWait, OBJ, const volatile void *lock) { happens_after(AT); }

// A get is ordered after every put so far, which is more than first-in-first-out order gives.
ANNOTATION(PCQCreate, OBJ) { forget(AT, 1); }
ANNOTATION(PCQDestroy, OBJ) { forget(AT, 1); }
ANNOTATION(PCQPut, OBJ) { happens_before(AT); }
ANNOTATION(PCQGet, OBJ) { happens_after(AT); }

// ---- Locks ----

ANNOTATION(RWLockCreate, OBJ) { forget(AT, 2); }
ANNOTATION(RWLockCreateStatic, OBJ) { forget(AT, 2); }
ANNOTATION(RWLockDestroy, OBJ) { forget(AT, 2); }
ANNOTATION(RWLockAcquired, OBJ, long exclusive) { RF_WITH_SELF(rf_annotated_locked(s, AT, exclusive != 0)); }
ANNOTATION(RWLockReleased, OBJ, long exclusive) { RF_WITH_SELF(rf_annotated_unlocking(s, AT, exclusive != 0)); }

// Every unlock orders the later locks here, whatever a mutex is used for.
NOTHING(MutexIsUsedAsCondVar, OBJ)
NOTHING(MutexIsNotPHB, OBJ)

// ---- Stretches of a thread ----

// Ignoring either kind ignores both, as with ThreadSanitizer: Archer and others count on it.
#define BEGIN_END(name, field)                                                                               \
  ANNOTATION(name##Begin) { RF_WITH_SELF(s->t.field++); }                                                    \
  ANNOTATION(name##End) {                                                                                    \
    RF_WITH_SELF(if (s->t.field) s->t.field--);                                                              \
  }
BEGIN_END(IgnoreReads, ignore)
BEGIN_END(IgnoreWrites, ignore)
BEGIN_END(IgnoreSync, ignore_sync)

// ---- Memory ----

ANNOTATION(NewMemory, OBJ, size_t n) { new_memory(AT, n); }
// What was done to the memory so far happens before all that is to come.
ANNOTATION(PublishMemoryRange, OBJ, size_t n) { new_memory(AT, n); }
NOTHING(UnpublishMemoryRange, OBJ, size_t n)
NOTHING(MemoryIsInitialized, OBJ, size_t n)
NOTHING(MemoryIsUninitialized, OBJ, size_t n)
NOTHING(TraceMemory, OBJ)
NOTHING(NoOp, OBJ)

// ---- Races that are meant ----

static void benign(uintptr_t at, size_t n) { RF_WITH_SELF(rf_benign_add(at, n)); }

ANNOTATION(BenignRace, OBJ, const char *why) { benign(AT, 1); }
ANNOTATION(BenignRaceSized, OBJ, size_t n, const char *why) { benign(AT, n); }
RF_EXPORT void WTFAnnotateBenignRaceSized(const char *file, int line, OBJ, size_t n, const char *why) {
  benign(AT, n);
}
// For detectors' own tests: here the race is only silenced, nobody complains when it does not come.
ANNOTATION(ExpectRace, OBJ, const char *why) { benign(AT, 1); }
NOTHING(FlushExpectedRaces)
NOTHING(FlushExpectations)
NOTHING(FlushState)
// Accesses are recorded all the time; what is found meanwhile is not reported.
ANNOTATION(EnableRaceDetection, int enable) { rf_benign_all(!enable); }

// ---- Threads and tools ----

ANNOTATION(ThreadName, const char *name) { RF_WITH_SELF(rf_thread_name(s->t.self, name)); }
RF_EXPORT int RunningOnValgrind(void) { return 0; }
RF_EXPORT double ValgrindSlowdown(void) { return 10.0; } // for programs that scale their time limits by it
