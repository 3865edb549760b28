// One carrier per running goroutine. A carrier whose goroutine has ended waits on a stack of idle ones, most
// recently used on top, and ends itself when it has not been needed for a while.
// Invariant: an idle carrier is on the stack, or has been given a goroutine, or is about to end.
#include "go_carrier.h"

#include "go_fatal.h"
#include "go_fork.h"
#include "go_guard.h"
#include "go_load.h"
#include "go_os.h"

#define DEFAULT_STACK ((size_t)256 << 10)
#define MIN_STACK ((size_t)16 << 10)
#define IDLE_NS INT64_C(2000000000)
#define IDLE_KEEP 16 // so many never end

struct carrier {
  struct goroutine *next_run;    // given under the guard; read after the futex says so
  uint32_t given;                // futex: 1 once next_run is set
  struct carrier *below, *above; // guarded by idle_guard
};

static uint32_t idle_guard;
static struct carrier *idle_top; // guarded by idle_guard
static uint32_t idle_count;      // guarded by idle_guard

static void idle_push(struct carrier *c) {
  c->above = NULL;
  c->below = idle_top;
  if (idle_top)
    idle_top->above = c;
  idle_top = c;
  idle_count++;
}

static void idle_unlink(struct carrier *c) {
  *(c->above ? &c->above->below : &idle_top) = c->below;
  if (c->below)
    c->below->above = c->above;
  idle_count--;
}

// Takes c off the stack if nobody needed it and enough others wait. False: it has been given work or stays.
static bool retire(struct carrier *c) {
  rf_go_guard_lock(&idle_guard);
  bool retired = !__atomic_load_n(&c->given, __ATOMIC_ACQUIRE) && idle_count > IDLE_KEEP;
  if (retired)
    idle_unlink(c);
  rf_go_guard_unlock(&idle_guard);
  return retired;
}

// Waits for the next goroutine; NULL: the carrier is to end. load: the load once this carrier's goroutine was
// gone. While that is idle, the carrier looks after a deadlock and so may not end.
static struct goroutine *next_goroutine(struct carrier *c, uint64_t load) {
  bool suspect = rf_go_load_idle(load);
  while (!__atomic_load_n(&c->given, __ATOMIC_ACQUIRE)) {
    if (suspect)
      suspect = rf_go_deadlock_suspect(load);
    int64_t wait = suspect ? DEADLOCK_ASK_AGAIN_NS : IDLE_NS;
    if (!rf_go_futex_wait(&c->given, 0, rf_go_os_now() + wait) && !suspect && retire(c))
      return NULL;
  }
  return c->next_run;
}

static void *carrier_main(void *first) {
  struct carrier c;
  for (struct goroutine *g = first; g; g = next_goroutine(&c, rf_go_load_add(-LOAD_RUNNING))) {
    rf_go_goroutine_run(g);
    c.given = 0;
    rf_go_guard_lock(&idle_guard);
    idle_push(&c);
    rf_go_guard_unlock(&idle_guard);
  }
  __atomic_sub_fetch(&rf_go_carriers, 1, __ATOMIC_SEQ_CST);
  return NULL;
}

void rf_go_carrier_after_fork(void) {
  idle_guard = GUARD_FREE;
  idle_top = NULL;
  idle_count = 0;
}

static size_t parse_bytes(const char *s) {
  size_t n = 0;
  for (; *s >= '0' && *s <= '9'; s++)
    n = n * 10 + (size_t)(*s - '0');
  if (*s == 'k' || *s == 'K')
    n <<= 10;
  if (*s == 'm' || *s == 'M')
    n <<= 20;
  return n;
}

size_t rf_go_carrier_stack(void) {
  static size_t stack;
  size_t have = __atomic_load_n(&stack, __ATOMIC_RELAXED);
  if (have)
    return have;
  const char *env = rf_go_os_env("GO_STACK");
  have = env ? parse_bytes(env) : DEFAULT_STACK;
  have = (have < MIN_STACK ? MIN_STACK : have) + 4095 & ~(size_t)4095;
  __atomic_store_n(&stack, have, __ATOMIC_RELAXED);
  return have;
}

static _Noreturn void no_thread(int error) {
  struct go_text t;
  t.len = 0;
  rf_go_text_str(&t, "runtime: failed to create new OS thread (have ");
  rf_go_text_num(&t, rf_go_carriers);
  rf_go_text_str(&t, " already; errno=");
  rf_go_text_num(&t, (uint64_t)error);
  rf_go_text_str(&t, ")\n");
  rf_go_text_flush(&t);
  rf_go_fatal("newosproc");
}

void rf_go_carrier_start(void *(*entry)(void *), void *arg) {
  __atomic_add_fetch(&rf_go_carriers, 1, __ATOMIC_SEQ_CST);
  int error = __rf_host_thread(entry, arg, rf_go_carrier_stack());
  if (error)
    no_thread(error);
}

void rf_go_carrier_run(struct goroutine *g) {
  rf_go_guard_lock(&idle_guard);
  struct carrier *c = idle_top;
  if (c) {
    idle_unlink(c);
    c->next_run = g;
    // Release: pairs with the acquire in next_goroutine(). Under the guard, for retire().
    __atomic_store_n(&c->given, 1, __ATOMIC_RELEASE);
  }
  rf_go_guard_unlock(&idle_guard);
  if (c)
    rf_go_futex_wake(&c->given, 1);
  else
    rf_go_carrier_start(carrier_main, g);
}
