// Scheduling, after Go's (runtime/proc.go): each carrier has a queue of its own and takes from the others when that
// is empty; a goroutine that is woken runs next on its waker's carrier, since the waker will often wait at once.
//
// Words: a carrier is *active* while it runs goroutines or looks for one; at most `most` are. It is *idle* when it
// sleeps for want of work, and *lost* when its goroutine has not come back for so long that the monitor let another
// carrier take its place: it may be blocked in the kernel. A *searcher* is active and has found nothing yet: it watches
// the queues of the others and takes from them what has waited there for long.
//
// Invariant: whoever makes a goroutine ready looks for room afterwards and wakes a searcher if there is none; whoever
// ceases to search or goes to sleep looks at the queues once more afterwards. So while there is room and something is
// ready, somebody searches.
#include "go_carrier.h"

#include "go_fatal.h"
#include "go_fault.h"
#include "go_fork.h"
#include "go_guard.h"
#include "go_mem.h"
#include "go_monitor.h"
#include "go_os.h"
#include "go_ring.h"
#include "go_sanitizer.h"
#include "go_stack.h"
#include "go_switch.h"
#include "go_thread.h"

#include <errno.h>

#define INITIAL_EXEC __attribute__((tls_model("initial-exec")))

#define CARRIERS 10000 // as many as Go allows threads
#define IDLE_NS INT64_C(2000000000)
#define IDLE_KEEP 4 // beyond `most`, so many idle ones never end
#define LONG_NS INT64_C(10000000) // so long a goroutine may compute while others wait
#define ASLEEP_NS INT64_C(100000) // and so long its thread may sleep
#define LOOK_GLOBAL 61 // so often a carrier looks at the common queue before its own (Go, proc.go)
#define TAKE_MOST 32   // so many from there at once: each may be a miss of the cache, and the queue is locked
#define CHAIN_MOST 32  // so often in a row may `next` go before the queue
#define SEARCH_PAUSES 10 // a third of a microsecond, or one where the processor is slow to go on
#define SPIN_NS INT64_C(10000) // so long a searcher looks without a pause, and then
#define NAP_LEAST_NS INT64_C(50000) // after naps that grow,
#define NAP_MOST_NS INT64_C(200000) // until nothing has happened during
#define NAPS_IN_VAIN 2 // of them
#define PATIENCE_LEAST_NS INT64_C(3000) // so long a goroutine is left to its carrier, and up to
#define PATIENCE_MOST_NS INT64_C(100000) // where they run in turns shorter than
#define TURN_NS 1000 // what it takes to move one
#define PATIENCE_NEXT_NS INT64_C(20000) // so long `next` is
#define STACK_BYTES ((size_t)64 << 10) // enough where nothing of the program runs
#define REFUSED_NS INT64_C(1000000000)

// __cxa_eh_globals (Itanium C++ ABI 2.2.2): what has been caught and what is being thrown.
struct exceptions {
  void *caught;
  unsigned uncaught;
};
extern void *__cxa_get_globals(void) __attribute__((weak));

// What the searcher saw of a queue: at the time `since`, when so many goroutines had been run, it ended at `mark`.
struct sight {
  int64_t since;
  uint32_t mark, ran;
};

struct carrier {
  // The owner's, read by others.
  struct goroutine *next; // runs before the ring; taken by exchange
  uint32_t tick;          // goroutines that it has run
  uint32_t running;       // 1: one runs now
  struct go_ring ring;
  // The owner's alone.
  void *sp; // of the scheduler's stack while a goroutine runs
  struct go_fiber fiber; // the scheduler's stack
  int *error; // the pthread's errno
  struct exceptions *exceptions; // and its globals of the C++ runtime; NULL: there are none
  struct goroutine *left;
  enum go_after after;
  bool surplus; // it came back after it was lost, and there is no room
  bool searching;
  bool holds_signals;
  uint32_t chain; // goroutines that came by `next` since one came from the ring
  uint64_t signal_mask;
  uint64_t chance;
  int64_t found_at; // when it found something as the searcher, 0: since then it has ceased to run
  uint32_t found_tick;
  // Others'.
  uint32_t wake;                 // futex: 1 once it is active again
  bool idle, ended;              // guarded by guard
  uint32_t lost;                 // written under guard
  struct carrier *below, *above; // in the stack of idle ones, guarded by guard
  uint32_t tid; // the thread's number in the kernel
  // The searcher's.
  struct sight sight;
  uint32_t next_tick; // while this is tick,
  int64_t next_since; // next has been there since
  // The monitor's alone.
  uint32_t seen_tick;
  int64_t seen_since;
  bool held_up;
} __attribute__((aligned(64)));

uint64_t rf_go_wakes;

static struct carrier *all[CARRIERS];
static uint32_t all_count; // those before it are published; never shrinks

static uint32_t guard;
static struct goroutine *global_first, *global_last; // guarded by guard, linked by link
static uint32_t global_count;                        // written under guard
static uint32_t global_taken;                        // written under guard: ever
static struct sight global_sight;                    // the searcher's
static int64_t patience = PATIENCE_LEAST_NS;         // the searcher's
static struct carrier *idle_top;                     // guarded by guard
static uint32_t idle_count;                          // guarded by guard
static int32_t active, most;                         // guarded by guard
static uint32_t lost_count;      // guarded by guard: lost or surplus, so neither active nor idle
static int32_t room;             // most - active; written under guard
static uint32_t searcher;        // 1: there is one
static uint32_t nap;             // futex: 1 while it sleeps
static uint32_t lingering;       // 1: somebody who has nothing to do waits beside it for what comes from outside
static int64_t refused_until;    // guarded by guard: the system has just refused one
static uint64_t program_signals; // mask of the thread that started the first goroutine

static _Thread_local struct carrier *mine INITIAL_EXEC;
// Apart, because the address of a thread-local may not be kept across a switch.
static __attribute__((noinline)) struct carrier *my_carrier(void) {
  __asm__ volatile("" ::: "memory");
  return mine;
}

static void set_active(int32_t n) {
  active = n;
  __atomic_store_n(&room, most - n, __ATOMIC_SEQ_CST);
}

// ---- The common queue ----

static void global_append(struct goroutine *first, struct goroutine *last, uint32_t n) {
  last->link = NULL;
  *(global_last ? &global_last->link : &global_first) = first;
  global_last = last;
  __atomic_store_n(&global_count, global_count + n, __ATOMIC_SEQ_CST);
}

static void global_push(struct goroutine *g) {
  rf_go_guard_lock(&guard);
  global_append(g, g, 1);
  rf_go_guard_unlock(&guard);
}

static struct goroutine *global_pop(void) {
  struct goroutine *g = global_first;
  if (!g)
    return NULL;
  global_first = g->link;
  if (!global_first)
    global_last = NULL;
  __atomic_store_n(&global_count, global_count - 1, __ATOMIC_RELAXED);
  __atomic_store_n(&global_taken, global_taken + 1, __ATOMIC_RELAXED);
  return g;
}

static void wake_slow(void);

// Something has become ready: if there is room for another carrier and nobody searches, somebody shall. The caller's
// last step was sequentially consistent, or a fence: see the invariant.
static inline void wake(void) {
  if (__atomic_load_n(&room, __ATOMIC_SEQ_CST) > 0 && !__atomic_load_n(&searcher, __ATOMIC_SEQ_CST))
    wake_slow();
}

// Between two queues a goroutine is in neither, and somebody may have had his last look at them then.
static void moved(void) {
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  wake();
}

// A fair share, of which one is returned and the rest goes to c's ring.
static struct goroutine *global_take(struct carrier *c, uint32_t at_most) {
  if (!__atomic_load_n(&global_count, __ATOMIC_RELAXED))
    return NULL;
  rf_go_guard_lock(&guard);
  uint32_t share = global_count / (uint32_t)most + 1;
  uint32_t n = share < at_most ? share : at_most;
  struct goroutine *g = global_pop(), *more = NULL;
  for (; g && n > 1 && (more = global_pop()); n--)
    rf_go_ring_push(&c->ring, more);
  rf_go_guard_unlock(&guard);
  if (more)
    moved();
  return g;
}

// ---- A carrier's own queue ----

static __attribute__((noinline)) void overflow(struct carrier *c, struct goroutine *g) {
  struct goroutine *half[GO_RING];
  uint32_t n = rf_go_ring_take_half(&c->ring, half);
  half[n++] = g;
  for (uint32_t i = 0; i + 1 < n; i++)
    half[i]->link = half[i + 1];
  rf_go_guard_lock(&guard);
  global_append(half[0], half[n - 1], n);
  rf_go_guard_unlock(&guard);
}

static void push(struct carrier *c, struct goroutine *g) {
  if (!rf_go_ring_push(&c->ring, g))
    overflow(c, g);
}

static struct goroutine *take_next(struct carrier *c) {
  return __atomic_load_n(&c->next, __ATOMIC_RELAXED) ? __atomic_exchange_n(&c->next, NULL, __ATOMIC_ACQ_REL)
                                                     : NULL;
}

static struct goroutine *take_own(struct carrier *c) {
  struct goroutine *g = take_next(c);
  if (g && ++c->chain > CHAIN_MOST && rf_go_ring_count(&c->ring)) {
    push(c, g);
    g = NULL;
  }
  if (g)
    return g;
  c->chain = 0;
  return rf_go_ring_take(&c->ring);
}

static struct goroutine *take_ready(struct carrier *c) {
  struct goroutine *g = c->tick % LOOK_GLOBAL ? NULL : global_take(c, 1);
  if (!g)
    g = take_own(c);
  return g ? g : global_take(c, TAKE_MOST);
}

// ---- Waking ----

static void idle_push(struct carrier *c) {
  c->idle = true;
  c->above = NULL;
  c->below = idle_top;
  if (idle_top)
    idle_top->above = c;
  idle_top = c;
  idle_count++;
}

static void idle_unlink(struct carrier *c) {
  c->idle = false;
  *(c->above ? &c->above->below : &idle_top) = c->below;
  if (c->below)
    c->below->above = c->above;
  idle_count--;
}

// A carrier to start: one that has ended, or a new one. NULL: there are too many. Guard held.
static struct carrier *unused_carrier(void) {
  for (uint32_t i = 0; i < all_count; i++)
    if (all[i]->ended)
      return all[i];
  if (all_count == CARRIERS)
    return NULL;
  struct carrier *c = rf_go_os_map(sizeof *c);
  if (!c)
    rf_go_fatal("runtime: out of memory");
  all[all_count] = c;
  __atomic_store_n(&all_count, all_count + 1, __ATOMIC_RELEASE);
  return c;
}

static void *carrier_main(void *arg);

// The system gives no thread: others go on without it, and nobody asks again for a while.
static __attribute__((noinline)) void did_not_start(struct carrier *c, int error) {
  rf_go_guard_lock(&guard);
  c->ended = true;
  c->searching = false;
  set_active(active - 1);
  bool others = active > 0;
  refused_until = rf_go_os_now() + REFUSED_NS;
  __atomic_store_n(&searcher, 0, __ATOMIC_SEQ_CST);
  rf_go_guard_unlock(&guard);
  if (!others)
    rf_go_thread_missing(error);
}

static void start(struct carrier *c, bool alone) {
  c->chance = (uint64_t)(uintptr_t)c | 1;
  int error = (alone ? rf_go_thread_start_patiently : rf_go_thread_start)(carrier_main, c, STACK_BYTES);
  if (error)
    did_not_start(c, error);
}

static __attribute__((noinline)) void wake_slow(void) {
  uint32_t none = 0;
  if (!__atomic_compare_exchange_n(&searcher, &none, 1, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
    return;
  rf_go_guard_lock(&guard);
  struct carrier *c = NULL;
  bool sleeps = false, alone = active == 0;
  if (active < most) {
    c = idle_top;
    sleeps = c != NULL;
    if (sleeps)
      idle_unlink(c);
    else if (!active || rf_go_os_now() >= refused_until)
      c = unused_carrier();
  }
  if (c) {
    c->searching = true;
    c->ended = false;
    set_active(active + 1);
    __atomic_add_fetch(&rf_go_wakes, 1, __ATOMIC_SEQ_CST);
  } else {
    __atomic_store_n(&searcher, 0, __ATOMIC_SEQ_CST);
  }
  rf_go_guard_unlock(&guard);
  if (sleeps) {
    __atomic_store_n(&c->wake, 1, __ATOMIC_RELEASE);
    rf_go_futex_wake(&c->wake, 1);
  } else if (c) {
    start(c, alone);
  }
  rf_go_monitor_busy();
}

// Something was pushed into the common queue from outside. If it is alone there, a carrier will come to it soon, or the
// searcher after its nap, which is short.
static void end_nap(void) {
  if (__atomic_load_n(&global_count, __ATOMIC_SEQ_CST) > 1 && !__atomic_load_n(&lingering, __ATOMIC_SEQ_CST) &&
      __atomic_load_n(&nap, __ATOMIC_SEQ_CST) && __atomic_exchange_n(&nap, 0, __ATOMIC_SEQ_CST))
    rf_go_futex_wake(&nap, 1);
}

static __attribute__((noinline)) void ready_from_outside(struct goroutine *g) {
  global_push(g);
  end_nap();
  wake();
}

static __attribute__((noinline)) void replace_next(struct carrier *c, struct goroutine *g) {
  struct goroutine *old = __atomic_exchange_n(&c->next, g, __ATOMIC_SEQ_CST);
  if (old)
    push(c, old);
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void rf_go_ready(struct goroutine *g) {
  struct carrier *c = my_carrier();
  if (!c) {
    ready_from_outside(g);
    return;
  }
  // Others only take it away.
  if (__atomic_load_n(&c->next, __ATOMIC_RELAXED))
    replace_next(c, g);
  else
    __atomic_store_n(&c->next, g, __ATOMIC_SEQ_CST);
  wake();
}

// Behind all others of the carrier.
static void push_and_wake(struct carrier *c, struct goroutine *g) {
  push(c, g);
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  wake();
}

// ---- Searching ----

// After the caller has made room or ceased to search: together with the fences before wake(), one of both sees the
// other.
static bool anything_queued(void) {
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  uint32_t n = __atomic_load_n(&all_count, __ATOMIC_ACQUIRE);
  if (__atomic_load_n(&global_count, __ATOMIC_SEQ_CST))
    return true;
  for (uint32_t i = 0; i < n; i++)
    if (rf_go_ring_count(&all[i]->ring))
      return true;
  return false;
}

static bool anyone_ready(void) {
  bool any = anything_queued();
  uint32_t n = __atomic_load_n(&all_count, __ATOMIC_ACQUIRE);
  for (uint32_t i = 0; i < n && !any; i++)
    any = __atomic_load_n(&all[i]->next, __ATOMIC_SEQ_CST) != NULL;
  return any;
}

static uint32_t random_below(struct carrier *c, uint32_t n) {
  c->chance = c->chance * UINT64_C(6364136223846793005) + 1442695040888963407; // Knuth's MMIX generator
  return (uint32_t)((c->chance >> 33) % n);
}

static void pause_briefly(void) {
  for (int i = 0; i < SEARCH_PAUSES; i++)
    rf_go_cpu_relax();
}

static struct goroutine *steal_ring(struct carrier *c, struct carrier *from) {
  struct goroutine *half[GO_RING];
  uint32_t n = rf_go_ring_take_half(&from->ring, half);
  for (uint32_t i = 1; i < n; i++)
    rf_go_ring_push(&c->ring, half[i]); // empty until now
  if (n > 1)
    moved();
  return n ? half[0] : NULL;
}

// Something in a queue from head to tail has waited for longer than it should. ran: goroutines that ran so far where it
// waits. Where each runs for a moment only and wakes the next, all are better off on one processor, unless there are so
// many that they wait nevertheless.
static bool waits_long(struct sight *s, uint32_t head, uint32_t tail, uint32_t ran, int64_t now) {
  if ((int32_t)(head - s->mark) >= 0) { // those that were seen are gone
    *s = (struct sight){now, tail, ran};
    return false;
  }
  int64_t waited = now - s->since;
  return waited > patience && (waited > PATIENCE_MOST_NS || waited > (int64_t)(ran - s->ran) * TURN_NS);
}

static bool ring_waits(struct carrier *from, int64_t now) {
  uint32_t head = __atomic_load_n(&from->ring.head, __ATOMIC_ACQUIRE);
  uint32_t tail = __atomic_load_n(&from->ring.tail, __ATOMIC_ACQUIRE);
  return waits_long(&from->sight, head, tail, __atomic_load_n(&from->tick, __ATOMIC_RELAXED), now);
}

static bool alone(void) { return most - __atomic_load_n(&room, __ATOMIC_RELAXED) <= 1; }

// Other carriers come to the common queue, too.
static bool global_waits(uint32_t ran, int64_t now) {
  uint32_t count = __atomic_load_n(&global_count, __ATOMIC_ACQUIRE);
  uint32_t head = __atomic_load_n(&global_taken, __ATOMIC_RELAXED);
  return count && (alone() || waits_long(&global_sight, head, head + count, ran, now));
}

static bool next_waits(struct carrier *from, int64_t now) {
  uint32_t tick = __atomic_load_n(&from->tick, __ATOMIC_RELAXED);
  if (from->next_tick != tick || !__atomic_load_n(&from->next, __ATOMIC_RELAXED)) {
    from->next_tick = tick;
    from->next_since = now;
  }
  return now - from->next_since > PATIENCE_NEXT_NS;
}

static struct goroutine *steal(struct carrier *c, int64_t now) {
  uint32_t n = __atomic_load_n(&all_count, __ATOMIC_ACQUIRE);
  uint32_t first = random_below(c, n);
  for (uint32_t i = 0; i < n; i++) {
    struct carrier *from = all[(first + i) % n];
    if (from == c)
      continue;
    struct goroutine *g = ring_waits(from, now) ? steal_ring(c, from) : NULL;
    if (!g && next_waits(from, now))
      g = take_next(from);
    if (g)
      return g;
  }
  return NULL;
}

static void begin_search(struct carrier *c) {
  uint32_t none = 0;
  if (!c->searching)
    c->searching = __atomic_compare_exchange_n(&searcher, &none, 1, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

static void end_search(struct carrier *c, bool found) {
  if (!c->searching)
    return;
  c->searching = false;
  __atomic_store_n(&searcher, 0, __ATOMIC_SEQ_CST);
  if (found && anyone_ready())
    wake();
}

static uint32_t ticks_of_all(void) {
  uint32_t n = __atomic_load_n(&all_count, __ATOMIC_ACQUIRE), ticks = 0;
  for (uint32_t i = 0; i < n; i++)
    ticks += __atomic_load_n(&all[i]->tick, __ATOMIC_RELAXED);
  return ticks;
}

static uint32_t global_tail(void) {
  return __atomic_load_n(&global_taken, __ATOMIC_RELAXED) + __atomic_load_n(&global_count, __ATOMIC_SEQ_CST);
}

// Unless something has been pushed into the common queue since it ended at `tail`: whoever pushes from outside counts it
// first and looks at `nap` then.
static void take_nap(uint32_t tail, int64_t until) {
  __atomic_store_n(&nap, 1, __ATOMIC_SEQ_CST);
  if (global_tail() == tail)
    rf_go_futex_wait(&nap, 1, until);
  __atomic_store_n(&nap, 0, __ATOMIC_RELAXED);
}

// If what it took last was not worth it, it will wait longer the next time.
static void learn(struct carrier *c, int64_t now) {
  if (!c->found_at)
    return;
  uint32_t turns = c->tick - c->found_tick;
  if (now - c->found_at > (int64_t)turns * TURN_NS)
    patience = PATIENCE_LEAST_NS;
  else
    patience = 2 * patience < PATIENCE_MOST_NS ? 2 * patience : PATIENCE_MOST_NS;
  c->found_at = 0;
}

static void begin_watch(struct carrier *c, int64_t now) {
  uint32_t n = __atomic_load_n(&all_count, __ATOMIC_ACQUIRE);
  for (uint32_t i = 0; i < n; i++)
    all[i]->next_since = now;
  learn(c, now);
}

static struct goroutine *look(struct carrier *c, uint32_t ran, int64_t now) {
  struct goroutine *g = global_waits(ran, now) ? global_take(c, TAKE_MOST) : NULL;
  if (!g)
    g = steal(c, now);
  if (g) {
    c->found_at = now;
    c->found_tick = c->tick;
  }
  return g;
}

// As the searcher. While it looks nobody needs to wake anybody, which would cost more than most hand-offs; so it goes on,
// if with naps, as long as the others do not stand still.
static struct goroutine *watch(struct carrier *c) {
  int64_t now = rf_go_os_now(), spin_until = rf_go_os_may_spin() ? now + SPIN_NS : now, length = NAP_LEAST_NS;
  uint32_t ran = ticks_of_all();
  begin_watch(c, now);
  for (int vain = 0;;) {
    uint32_t before = ran, tail = global_tail();
    ran = ticks_of_all();
    struct goroutine *g = look(c, ran, now);
    if (g)
      return g;
    if (now < spin_until) {
      pause_briefly();
    } else {
      vain = ran == before && !anyone_ready() ? vain + 1 : 0;
      if (vain > NAPS_IN_VAIN || alone())
        return NULL;
      take_nap(tail, now + length);
      length = 2 * length < NAP_MOST_NS ? 2 * length : NAP_MOST_NS;
    }
    now = rf_go_os_now();
  }
}

// Somebody else searches: what has not waited for long is his.
static struct goroutine *glance(struct carrier *c) {
  uint32_t n = __atomic_load_n(&all_count, __ATOMIC_ACQUIRE), first = random_below(c, n);
  struct goroutine *g = global_take(c, TAKE_MOST);
  for (uint32_t i = 0; i < n && !g; i++)
    if (all[(first + i) % n] != c)
      g = steal_ring(c, all[(first + i) % n]);
  return g;
}

// Before it lies down, since who sends something from outside often sends more.
static struct goroutine *linger(struct carrier *c) {
  uint32_t none = 0;
  struct goroutine *g = NULL;
  if (!rf_go_os_may_spin() || !__atomic_compare_exchange_n(&lingering, &none, 1, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
    return NULL;
  for (int64_t until = rf_go_os_now() + SPIN_NS; !g && rf_go_os_now() < until; g = global_take(c, TAKE_MOST))
    pause_briefly();
  __atomic_store_n(&lingering, 0, __ATOMIC_SEQ_CST);
  return g;
}

static struct goroutine *search(struct carrier *c) {
  struct goroutine *g = take_ready(c);
  if (!g) {
    begin_search(c);
    g = c->searching ? watch(c) : glance(c);
    if (!g && !c->searching)
      g = linger(c);
  }
  if (g)
    end_search(c, true);
  return g;
}

// ---- Sleeping ----

// The queue of a carrier for which there is no room. Guard held.
static void spill(struct carrier *c) {
  for (struct goroutine *g; (g = take_next(c)) || (g = rf_go_ring_take(&c->ring));)
    global_append(g, g, 1);
}

// False: there is work after all.
static bool lie_down(struct carrier *c) {
  rf_go_guard_lock(&guard);
  if (!c->surplus && global_first) {
    rf_go_guard_unlock(&guard);
    return false;
  }
  if (c->surplus || c->lost) { // lost since it last looked
    spill(c);
    lost_count--;
  } else {
    set_active(active - 1);
  }
  c->surplus = false;
  __atomic_store_n(&c->lost, 0, __ATOMIC_RELAXED);
  __atomic_store_n(&c->wake, 0, __ATOMIC_RELAXED);
  idle_push(c);
  bool last = active == 0;
  rf_go_guard_unlock(&guard);
  if (last)
    rf_go_monitor_quiet();
  return true;
}

static bool get_up(struct carrier *c) {
  rf_go_guard_lock(&guard);
  bool up = c->idle && active < most;
  if (up) {
    idle_unlink(c);
    set_active(active + 1);
    __atomic_add_fetch(&rf_go_wakes, 1, __ATOMIC_SEQ_CST);
  }
  rf_go_guard_unlock(&guard);
  if (up)
    rf_go_monitor_busy();
  return up;
}

// False: it is needed, or one of those that stay.
static bool retire(struct carrier *c) {
  rf_go_guard_lock(&guard);
  bool over = c->idle && idle_count > (uint32_t)most + IDLE_KEEP;
  if (over) {
    idle_unlink(c);
    c->ended = true;
  }
  rf_go_guard_unlock(&guard);
  return over;
}

// Returns false when the carrier is to end.
static bool sleep_until_needed(struct carrier *c) {
  if (!lie_down(c))
    return true;
  // Who searches at this moment has its own last look at the queues before it.
  if (anyone_ready() && !__atomic_load_n(&searcher, __ATOMIC_SEQ_CST) && get_up(c))
    return true;
  while (!__atomic_load_n(&c->wake, __ATOMIC_ACQUIRE))
    if (!rf_go_futex_wait(&c->wake, 0, rf_go_os_now() + IDLE_NS) && retire(c))
      return false;
  return true;
}

// ---- Switching ----

// With a detector, signals are held back wherever no goroutine runs: a handler there would be nobody.
static void hold_signals(struct carrier *c) {
  if (!rf_go_detector_present())
    return;
  c->signal_mask = rf_go_os_signals_hold();
  c->holds_signals = true;
}

static void let_signals(struct carrier *c) {
  if (!c->holds_signals)
    return;
  c->holds_signals = false;
  rf_go_os_signals_set(c->signal_mask);
}

static void become(struct carrier *c, struct goroutine *g) {
  if (g->begun)
    __rf_routine_resume(g->routine);
  else
    rf_go_begin(g);
  __atomic_store_n(&c->tick, c->tick + 1, __ATOMIC_RELAXED);
  __atomic_store_n(&c->running, 1, __ATOMIC_RELAXED);
  g->carrier = c;
  rf_go_set_self(g);
}

// On the new stack: what was left is left now.
static void settle(struct carrier *c) {
  struct goroutine *g = c->left;
  c->left = NULL;
  if (!g)
    return;
  if (c->after == GO_AFTER_END)
    rf_go_ended(g);
  else if (c->after == GO_AFTER_YIELD)
    push_and_wake(c, g);
  else if (!rf_go_parked(g))
    rf_go_ready(g);
}

static inline void switch_stacks(struct go_fiber *from, void **save, const struct go_fiber *to, void *sp,
                                 bool for_good) {
  if (__builtin_expect(rf_go_sanitized, 0))
    rf_go_fiber_switch(from, save, to, sp, for_good);
  else
    rf_go_switch(save, sp);
}

// What belongs to the pthread and yet is a goroutine's. Before and after a switch the carrier may be another one.
struct of_thread {
  int error;
  struct exceptions exceptions;
};

static inline void keep(struct of_thread *t, const struct carrier *c) {
  t->error = *c->error;
  if (c->exceptions)
    t->exceptions = *c->exceptions;
}

static inline void restore(const struct carrier *c, const struct of_thread *t) {
  *c->error = t->error;
  if (c->exceptions)
    *c->exceptions = t->exceptions;
}

static inline void arrive(struct carrier *c, const struct of_thread *t) {
  __rf_routine_arrive();
  settle(c);
  let_signals(c);
  restore(c, t);
}

void rf_go_carrier_arrive(struct goroutine *g) {
  static const struct of_thread fresh;
  arrive(g->carrier, &fresh);
}

static __attribute__((noinline)) bool regain(struct carrier *c) {
  rf_go_guard_lock(&guard);
  __atomic_store_n(&c->lost, 0, __ATOMIC_RELAXED);
  c->surplus = active >= most;
  if (!c->surplus) {
    lost_count--;
    set_active(active + 1);
  }
  rf_go_guard_unlock(&guard);
  return !c->surplus;
}

static struct goroutine *who_follows(struct carrier *c) {
  if (__builtin_expect(__atomic_load_n(&c->lost, __ATOMIC_RELAXED), 0) && !regain(c))
    return NULL;
  return take_ready(c);
}

void rf_go_carrier_leave(struct goroutine *g, enum go_after after) {
  struct carrier *c = g->carrier;
  struct of_thread mine;
  keep(&mine, c);
  struct goroutine *follows = who_follows(c);
  c->left = g;
  c->after = after;
  if (!follows)
    hold_signals(c);
  if (after == GO_AFTER_END)
    __rf_routine_end(g->routine);
  else
    __rf_routine_park(g->routine);
  if (follows) {
    become(c, follows);
    switch_stacks(&g->fiber, &g->sp, &follows->fiber, follows->sp, after == GO_AFTER_END);
  } else {
    __rf_routine_idle(1);
    rf_go_set_self(NULL);
    __atomic_store_n(&c->running, 0, __ATOMIC_RELAXED);
    switch_stacks(&g->fiber, &g->sp, &c->fiber, c->sp, after == GO_AFTER_END);
  }
  arrive(g->carrier, &mine);
}

bool rf_go_carrier_has_others(void) {
  struct carrier *c = my_carrier();
  return __atomic_load_n(&c->next, __ATOMIC_RELAXED) || rf_go_ring_count(&c->ring) ||
         __atomic_load_n(&global_count, __ATOMIC_RELAXED) || __atomic_load_n(&c->lost, __ATOMIC_RELAXED);
}

static void run(struct carrier *c, struct goroutine *g) {
  __rf_routine_idle(0);
  become(c, g);
  switch_stacks(&c->fiber, &c->sp, &g->fiber, g->sp, false);
  settle(c);
}

static void *carrier_main(void *arg) {
  struct carrier *c = arg;
  mine = c;
  c->error = &errno;
  c->exceptions = __cxa_get_globals ? __cxa_get_globals() : NULL;
  __atomic_store_n(&c->tid, rf_go_os_thread_id(), __ATOMIC_RELAXED);
  __rf_thread_begin(NULL);
  if (rf_go_sanitized)
    rf_go_fiber_own(&c->fiber);
  void *fault_stack = rf_go_fault_stack_new();
  c->signal_mask = program_signals;
  c->holds_signals = true;
  if (!rf_go_detector_present())
    let_signals(c);
  do {
    struct goroutine *g;
    while (!c->surplus && (g = search(c)))
      run(c, g);
    end_search(c, false);
  } while (sleep_until_needed(c));
  rf_go_stack_flush();
  rf_go_fault_stack_free(fault_stack); // c may be another thread's by now
  rf_go_thread_ends();
  return NULL;
}

// ---- The first one ----

static int32_t parse_number(const char *s) {
  int32_t n = 0;
  for (; *s >= '0' && *s <= '9' && n < CARRIERS; s++)
    n = n * 10 + (*s - '0');
  return n;
}

static void set_most(void) {
  const char *env = rf_go_os_env("GO_MAXPROCS");
  most = env ? parse_number(env) : 0;
  if (most < 1)
    most = (int32_t)rf_go_os_cpu_count();
  if (most > CARRIERS / 2)
    most = CARRIERS / 2;
  set_active(0);
}

void rf_go_carrier_init(void) {
  rf_go_guard_lock(&guard);
  if (!most)
    set_most();
  if (!all_count) {
    program_signals = rf_go_os_signals_hold();
    rf_go_os_signals_set(program_signals);
  }
  rf_go_guard_unlock(&guard);
}

// ---- For the monitor ----

bool rf_go_carrier_all_idle(void) {
  rf_go_guard_lock(&guard);
  bool idle = active == 0 && lost_count == 0 && !global_first;
  rf_go_guard_unlock(&guard);
  return idle;
}

// Its goroutine has not come back, and will not soon.
static bool is_held_up(struct carrier *c, int64_t now) {
  uint32_t tick = __atomic_load_n(&c->tick, __ATOMIC_RELAXED);
  if (tick != c->seen_tick) {
    c->seen_tick = tick;
    c->seen_since = now;
  }
  int64_t since = now - c->seen_since;
  if (since < ASLEEP_NS || !__atomic_load_n(&c->running, __ATOMIC_RELAXED))
    return false;
  return since > LONG_NS || __atomic_load_n(&c->lost, __ATOMIC_RELAXED) ||
         rf_go_os_thread_sleeps(__atomic_load_n(&c->tid, __ATOMIC_RELAXED));
}

// Those that are `next` on a carrier that is not held up need no help.
static bool anyone_waits(int64_t now) {
  bool waits = anything_queued();
  uint32_t n = __atomic_load_n(&all_count, __ATOMIC_ACQUIRE);
  for (uint32_t i = 0; i < n; i++) {
    struct carrier *c = all[i];
    c->held_up = is_held_up(c, now);
    waits |= __atomic_load_n(&c->next, __ATOMIC_RELAXED) && c->held_up;
  }
  return waits;
}

static bool give_up(struct carrier *c) {
  rf_go_guard_lock(&guard);
  bool lost = !c->lost && !c->idle && !c->surplus && !c->ended && __atomic_load_n(&c->running, __ATOMIC_RELAXED);
  if (lost) {
    __atomic_store_n(&c->lost, 1, __ATOMIC_RELAXED);
    lost_count++;
    set_active(active - 1);
  }
  rf_go_guard_unlock(&guard);
  return lost;
}

bool rf_go_carrier_relieve(int64_t now) {
  bool relieved = false;
  if (!anyone_ready() || !anyone_waits(now))
    return false;
  uint32_t n = __atomic_load_n(&all_count, __ATOMIC_ACQUIRE);
  for (uint32_t i = 0; i < n; i++)
    if (all[i]->held_up && give_up(all[i]))
      relieved = true;
  wake();
  return relieved;
}

// ---- After fork ----

static void forget(struct carrier *c) {
  bool here = c == mine;
  c->next = NULL;
  c->ring.head = c->ring.tail = 0;
  c->searching = c->surplus = c->idle = false;
  c->lost = 0;
  c->ended = !here;
  c->running = here;
}

void rf_go_carrier_after_fork(void) {
  guard = GUARD_FREE;
  global_first = global_last = NULL;
  global_count = 0;
  idle_top = NULL;
  idle_count = lost_count = searcher = nap = lingering = 0;
  for (uint32_t i = 0; i < all_count; i++)
    forget(all[i]);
  rf_go_threads = mine != NULL;
  if (most)
    set_active(mine != NULL);
}
