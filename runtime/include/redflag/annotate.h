// Words to the race detector about synchronisation that it cannot see: locks and queues of your own, fast paths in
// assembly, memory that is handed on by other means than the usual. Every word is a promise; a false one hides
// races. With another compiler than redflag-cc and redflag-c++ they are nothing.
//
// Code that already has annotations needs no change: the functions Annotate... of dynamic annotations and
// __tsan_... of <sanitizer/tsan_interface.h> mean the same here as there.
#ifndef REDFLAG_ANNOTATE_H
#define REDFLAG_ANNOTATE_H

#include <stddef.h>

#ifdef __REDFLAG__

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

void AnnotateHappensBefore(const char *file, int line, const volatile void *p);
void AnnotateHappensAfter(const char *file, int line, const volatile void *p);
void AnnotateRWLockAcquired(const char *file, int line, const volatile void *p, long exclusive);
void AnnotateRWLockReleased(const char *file, int line, const volatile void *p, long exclusive);
void AnnotateIgnoreWritesBegin(const char *file, int line);
void AnnotateIgnoreWritesEnd(const char *file, int line);
void AnnotateBenignRaceSized(const char *file, int line, const volatile void *p, size_t n, const char *why);
void AnnotateNewMemory(const char *file, int line, const volatile void *p, size_t n);
void AnnotateThreadName(const char *file, int line, const char *name);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#define REDFLAG__SAY(used, call) call

#else

#define REDFLAG__SAY(used, call) ((void)sizeof(used))

#endif

// All that the thread did before redflag_release(p) happens before what other threads do after a later
// redflag_acquire(p). Edge: every release of p so far -> acquire of p. p is any address, used as a name.
#define redflag_release(p) REDFLAG__SAY(p, AnnotateHappensBefore(__FILE__, __LINE__, (p)))
#define redflag_acquire(p) REDFLAG__SAY(p, AnnotateHappensAfter(__FILE__, __LINE__, (p)))

// A lock of your own: called just after it was taken, and just before it is given back. exclusive: 0 for a reader.
// Edges: release by a writer -> later acquisitions of either kind; release by a reader -> later ones by writers.
// Reports list it among the locks held.
#define redflag_lock_acquired(p, exclusive)                                                                  \
  REDFLAG__SAY(p, AnnotateRWLockAcquired(__FILE__, __LINE__, (p), (exclusive)))
#define redflag_lock_released(p, exclusive)                                                                  \
  REDFLAG__SAY(p, AnnotateRWLockReleased(__FILE__, __LINE__, (p), (exclusive)))

// Between the two, the calling thread's accesses are neither checked nor remembered. Edge: none; synchronisation
// counts as ever. They nest.
#define redflag_ignore_begin() REDFLAG__SAY(0, AnnotateIgnoreWritesBegin(__FILE__, __LINE__))
#define redflag_ignore_end() REDFLAG__SAY(0, AnnotateIgnoreWritesEnd(__FILE__, __LINE__))

// Races on these n bytes are meant, and not reported from now on. Edge: none.
#define redflag_benign_race(p, n)                                                                            \
  REDFLAG__SAY(p, AnnotateBenignRaceSized(__FILE__, __LINE__, (p), (n), ""))

// The n bytes begin a new life, as memory from malloc does: call it when an allocator of your own gives them out.
// Edge: whatever was done to them -> whatever will be.
#define redflag_new_memory(p, n) REDFLAG__SAY(p, AnnotateNewMemory(__FILE__, __LINE__, (p), (n)))

// Names the calling thread in reports. The text is copied.
#define redflag_thread_name(name) REDFLAG__SAY(name, AnnotateThreadName(__FILE__, __LINE__, (name)))

#endif
