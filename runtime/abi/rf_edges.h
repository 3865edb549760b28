// What library code (the goroutine library, interceptors) tells the detector: edges, accesses and logical
// threads. The detector's runtime defines these; libredflag-go.a, which runs without a detector, defines
// them as nothing. None of them blocks, none changes errno.
#ifndef RF_EDGES_H
#define RF_EDGES_H

#include "rf_abi.h"
#include <stddef.h>

// Each address is a synchronisation object with a vector clock of its own; it needs no initialisation.
void __rf_acquire(const void *obj);       // this thread's clock joins obj's
void __rf_release(const void *obj);       // obj's clock joins this thread's
void __rf_release_store(const void *obj); // obj's clock becomes this thread's
// Two that meet, each of whom must know what the other did before: who comes first offers at an object at which
// nobody else offers, and waits; the partner meets it there; then the first one has met. The object is a word that
// the detector may write, 0 at first and once it was forgotten; the caller orders all calls that name it.
void __rf_offer(uint64_t *word); // as release_store
void __rf_meet(uint64_t *word);  // as acquire, then release_store; also where nobody has made an offer
void __rf_met(uint64_t *word);   // as acquire
// Forgets all synchronisation objects in [p, p+n): call before the memory is reused for something else.
void __rf_sync_forget(const void *p, size_t n);

// The library reads or writes the program's memory on behalf of its caller.
void __rf_note_read(const void *p, size_t n, const struct rf_libsite *site);
void __rf_note_write(const void *p, size_t n, const struct rf_libsite *site);

// Memory of the library's is a variable of the program's from now on: what was done to it before does not count, and
// reports name it after var (may be NULL). gone: forgets its name, and the synchronisation objects in it.
void __rf_variable_born(const void *p, size_t n, const struct rf_var *var);
void __rf_variable_gone(const void *p, size_t n);

// A lock that excludes all others was taken, or is about to be given up by whoever names its word, which is of the kind
// above: acquire, release_store, and the set of locks held. name as below.
void __rf_lock_taken(uint64_t *word, const void *lock, const char *name);
void __rf_lock_leaving(uint64_t *word, const void *lock);

// Lock sets, for the report only: they create no edge. name is the API's word for the lock (`go_mutex`).
void __rf_lock_held(const void *lock, const char *name, int exclusive);
void __rf_lock_dropped(const void *lock);

// Logical threads. fork runs in the parent and orders all it did so far before the child's first step;
// begin runs first, end last, in the child, on whatever pthread carries it. A pthread that has called end
// may call begin again; begin(NULL) makes a pthread known that carries nobody yet. drop instead of begin: the
// child will never run. name is copied. site (may be NULL) is the go statement.
struct rf_birth;
enum rf_thread_kind { RF_THREAD_MAIN, RF_THREAD_PTHREAD, RF_THREAD_GOROUTINE, RF_THREAD_FIBER };
struct rf_birth *__rf_thread_fork(enum rf_thread_kind kind, const char *name, const struct rf_site *site);
void __rf_thread_begin(struct rf_birth *birth);
void __rf_thread_end(void);
void __rf_thread_drop(struct rf_birth *birth);
// Number of the calling logical thread as reports print it: main is 1. 0: not known to the detector.
uint64_t __rf_thread_number(void);

// The caller's stack of calls, where a jump leaves functions whose exits do not run: mark before, return after it.
struct rf_calls {
  void *frame, *local;
};
void __rf_calls_mark(struct rf_calls *mark);
void __rf_calls_return(const struct rf_calls *mark);
// Logical threads that leave their pthread and go on, perhaps on another one. Their stack is [low, low+bytes), a
// multiple of 64 bytes, above which room(bytes) or more are the detector's; no order arises from that a pthread, a
// stack or this state passes on.
//   begin, resume  the calling pthread, which carries nobody, carries the logical thread. fresh: the stack is memory
//                  that no routine had before
//   park, end      it carries nobody any more
// From park or end on the caller is inside the detector, where signals wait, until it has switched stacks: it then
// calls arrive if it carries somebody again. If it carries nobody for longer, it calls idle(1), and before it begins or
// resumes one idle(0).
struct rf_routine;
size_t __rf_routine_room(size_t bytes);
struct rf_routine *__rf_routine_begin(struct rf_birth *birth, void *low, size_t bytes, int fresh);
void __rf_routine_resume(struct rf_routine *r);
void __rf_routine_park(struct rf_routine *r);
void __rf_routine_end(struct rf_routine *r);
void __rf_routine_arrive(void);
void __rf_routine_soon(const struct rf_routine *r);
void __rf_routine_idle(int idle);
// The memory of stacks, side by side, on which no routine runs, was given back to the kernel, with the detector's.
void __rf_routine_cold(void *low, size_t bytes);

// The calls that are open, innermost first, with those that were inlined; at most max. Of a routine that is parked; or of
// a thread that waits in the library, or is the caller. From any thread, and from signal handlers; if it goes on
// meanwhile, some may be missing or old.
size_t __rf_routine_calls(const struct rf_routine *r, const struct rf_site **sites, size_t max);
struct rf_self;
struct rf_self *__rf_thread_handle(void); // the caller's, NULL: not known to the detector; valid until its end
size_t __rf_thread_calls(const struct rf_self *thread, const struct rf_site **sites, size_t max);

// Starts a detached pthread that the detector does not see as a thread of the program.
// stack: bytes, 0 for the default. Returns 0 or an errno value.
int __rf_host_thread(void *(*entry)(void *), void *arg, size_t stack);
void __rf_host_thread_end(void); // such a pthread, which has called begin and carries nobody, is about to end
// Writes pending reports, flushes stdio and ends the process with status, or with the detector's exit
// status when that asks for it.
_Noreturn void __rf_host_exit(int status);

#endif
