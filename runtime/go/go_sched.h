// The scheduler as the primitives see it. Everything that blocks does so by rf_go_park().
//
// Words used in this library:
//   goroutine  a logical thread: one that the library started, main, or any other thread of the program while
//              it uses the library (a foreign one)
//   carrier    a pthread of the library, on which goroutines that it started take turns; main and foreign ones
//              keep their own pthreads and are never carried
//   permit     what rf_go_unpark() leaves for the goroutine that parks or is parked; each park takes one
#ifndef GO_SCHED_H
#define GO_SCHED_H

#include "go_sanitizer.h"
#include "go_edges.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Why a goroutine is parked, in the words of Go's own deadlock reports (Go runtime2.go, waitReasonStrings).
#define GO_WAIT_ROWS(X)                                                                                        \
  X(GO_WAIT_NONE, "running")                                                                                   \
  X(GO_WAIT_READY, "runnable")                                                                                 \
  X(GO_WAIT_RECV, "chan receive")                                                                              \
  X(GO_WAIT_SEND, "chan send")                                                                                 \
  X(GO_WAIT_RECV_NIL, "chan receive (nil chan)")                                                               \
  X(GO_WAIT_SEND_NIL, "chan send (nil chan)")                                                                  \
  X(GO_WAIT_SELECT, "select")                                                                                  \
  X(GO_WAIT_SELECT_NONE, "select (no cases)")                                                                  \
  X(GO_WAIT_WG, "sync.WaitGroup.Wait")                                                                         \
  X(GO_WAIT_MUTEX, "sync.Mutex.Lock")                                                                          \
  X(GO_WAIT_RLOCK, "sync.RWMutex.RLock")                                                                       \
  X(GO_WAIT_WLOCK, "sync.RWMutex.Lock")                                                                        \
  X(GO_WAIT_ONCE, "sync.Once.Do")                                                                              \
  X(GO_WAIT_COND, "sync.Cond.Wait")                                                                            \
  X(GO_WAIT_GROUP, "errgroup.Group.Go")                                                                        \
  X(GO_WAIT_SLEEP, "sleep")                                                                                    \
  X(GO_WAIT_GONE, "exited")
#define GO_WAIT_ENUM(name, text) name,
enum go_wait { GO_WAIT_ROWS(GO_WAIT_ENUM) };
#undef GO_WAIT_ENUM
const char *rf_go_wait_text(enum go_wait why);

struct goroutine {
  // The first cache line is all that a hand-off touches. Pointers from stack to link are used by carried ones only.
  uint32_t permit;               // see rf_go_park(); a futex if it is not carried
  uint32_t why;                  // enum go_wait, written by the goroutine or who makes it ready, read by reports
  bool foreign;                  // a thread that the library did not start, other than main
  bool begun;                    // it has run
  bool ended;                    // the record waits for another goroutine; guarded as next and prev
  bool unguarded;                // its stack has no guard page
  uint32_t process;              // forks before it was made: those of an earlier process are gone
  struct go_stack *stack;        // NULL: it is not carried
  void *sp;                      // while it does not run
  struct carrier *carrier;       // while it runs
  struct rf_routine *routine;    // the detector's
  uint64_t clock;                // where it and the partner that completes its operation meet
  struct goroutine *link;        // in the common queue, or among those that have ended
  // The second one is what its starter writes besides. From here to site written while it counts as ended; read by
  // reports.
  uint64_t id;                   // main is 1
  const char *name;              // static text: the function's name
  uint64_t parent;               // id of who started it, 0: main, a foreign thread or a timer's function
  const char *parent_name;       // static text
  const struct rf_site *site;    // of the go statement, NULL: unknown
  struct rf_birth *birth;        // the detector's, of one that is carried
  // What most do without.
  struct go_try *tries;          // innermost first
  char *panic_text;              // of the last panic that was caught; NULL: none yet
  struct go_boxes *boxes;        // that its block was started with; NULL: none
  struct rf_self *thread;        // the detector's, of one that is not carried, while it is parked
  struct goroutine *next, *prev; // guarded by the list's guard: all that a deadlock report shows
  struct go_fiber fiber;
};

// The caller's goroutine. A thread that the library did not start becomes a goroutine by its first call.
struct goroutine *rf_go_self(void);
// The same for signal handlers: NULL if the caller has not used the library.
struct goroutine *rf_go_self_if_known(void);
struct goroutine *rf_go_main(void);
// The same if it is a carried one, else NULL.
struct goroutine *rf_go_self_carried(void);

// Blocks the caller, or g who is the caller, until a permit is there, and takes it. The caller has published itself
// where another goroutine will find it and rf_go_unpark() it exactly once.
void rf_go_park(enum go_wait why);
void rf_go_park_self(struct goroutine *g, enum go_wait why);
// The same with a deadline on rf_go_os_now()'s clock. False: the deadline passed and no permit was taken; the
// caller must then make sure that nobody still means to unpark it.
bool rf_go_park_until(enum go_wait why, int64_t deadline);
// Never returns: nobody can wake the caller.
_Noreturn void rf_go_park_forever(enum go_wait why);
// Gives g its permit. g may be gone when this returns.
void rf_go_unpark(struct goroutine *g);

// What carrying goroutines and watching times need: does nothing the second time. The caller's signal mask becomes that
// of all goroutines.
void rf_go_sched_init(void);

// Starts entry(arg), or entry(copy of arg's bytes) when bytes is not 0. The copy lives on the goroutine's
// stack.
void rf_go_sched_spawn(void (*entry)(void *), const void *arg, size_t bytes, const char *name,
                       const struct rf_site *site);
// A text of a site. Sites hold distances, see rf_abi.h.
static inline const char *rf_go_site_text(const int32_t *field) {
  return *field ? (const char *)field + *field : "";
}
// Starts entry(arg) as the logical thread that was born before. The caller need not be a goroutine.
void rf_go_sched_start(void (*entry)(void *), void *arg, const char *name, struct rf_birth *birth);
void rf_go_sched_yield(void);
void rf_go_sched_sleep_until(int64_t deadline);
// Ends the calling goroutine. main: waits for the others to end the program.
_Noreturn void rf_go_sched_exit(void);
// Goroutines that have been started and have not ended, main among them.
uint64_t rf_go_sched_count(void);

// main waits without a time limit, or this is the child of a fork by a goroutine, which has no main.
bool rf_go_main_parked(void);
long rf_go_main_threads(void); // 1, or 0 in such a child

// True when a detector listens, so that what only serves it can be left out otherwise.
bool rf_go_detector_present(void);

#endif
