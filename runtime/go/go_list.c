// A doubly linked list under one guard.
#include "go_list.h"

#include "go_fork.h"
#include "go_guard.h"

#define RETRY_NS INT64_C(1000000)

static uint32_t guard;
static struct goroutine *first, *last; // guarded by guard
// Atomic. Apart, because one processor often starts what another one ends.
static uint64_t begun __attribute__((aligned(64))), gone __attribute__((aligned(64)));
static bool main_left_behind;          // this process was forked by another thread than main

static _Thread_local bool inside __attribute__((tls_model("initial-exec"))); // from before lock to after unlock
static void (*when_left)(void); // set by a signal handler that found its thread inside

static void lock(void) {
  inside = true;
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  rf_go_guard_lock(&guard);
}

static void unlock(void) {
  rf_go_guard_unlock(&guard);
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  inside = false;
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  void (*f)(void) = __atomic_load_n(&when_left, __ATOMIC_RELAXED);
  if (__builtin_expect(f != NULL, 0))
    f();
}

static bool is_thread(const struct goroutine *g) { return !g->stack; }

static bool is_alive(const struct goroutine *g) { return !__atomic_load_n(&g->ended, __ATOMIC_ACQUIRE); }

struct go_view rf_go_view(const struct goroutine *g) {
  return (struct go_view){
      .g = g,
      .id = __atomic_load_n(&g->id, __ATOMIC_RELAXED),
      .why = __atomic_load_n(&g->why, __ATOMIC_RELAXED),
      .name = __atomic_load_n(&g->name, __ATOMIC_RELAXED),
      .parent = __atomic_load_n(&g->parent, __ATOMIC_RELAXED),
      .parent_name = __atomic_load_n(&g->parent_name, __ATOMIC_RELAXED),
      .site = __atomic_load_n(&g->site, __ATOMIC_RELAXED),
  };
}

// A goroutine may end while it is looked at, and its record be the next one's already: that has another id. The fence
// pairs with the one in rf_go_list_reuse().
static void visit_alive(const struct goroutine *g, rf_go_visit *visit, void *context) {
  while (is_alive(g)) {
    struct go_view v = rf_go_view(g);
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    if (is_alive(g) && v.id == __atomic_load_n(&g->id, __ATOMIC_RELAXED)) {
      visit(&v, context);
      return;
    }
  }
}

static void link_between(struct goroutine *before, struct goroutine *g, struct goroutine *after) {
  g->prev = before;
  g->next = after;
  *(before ? &before->next : &first) = g;
  *(after ? &after->prev : &last) = g;
}

void rf_go_list_add(struct goroutine *g) {
  lock();
  if (g->id == 1)
    link_between(NULL, g, first);
  else
    link_between(last, g, NULL);
  unlock();
}

void rf_go_list_remove(struct goroutine *g) {
  lock();
  *(g->prev ? &g->prev->next : &first) = g->next;
  *(g->next ? &g->next->prev : &last) = g->prev;
  unlock();
}

void rf_go_list_each(rf_go_visit *visit, void *context) {
  lock();
  for (struct goroutine *g = first; g; g = g->next)
    visit_alive(g, visit, context);
  unlock();
}

static void visit_thread(const struct goroutine *g, rf_go_visit *visit, void *context) {
  struct go_view v = rf_go_view(g);
  visit(&v, context);
}

// Guard held.
static void everyone(const struct goroutine *self, rf_go_visit *visit, void *context) {
  const struct goroutine *main = main_left_behind ? NULL : rf_go_main();
  bool seen = !self || self == main;
  if (main && first != main)
    visit_thread(main, visit, context);
  for (struct goroutine *g = first; g; g = g->next) {
    visit_alive(g, visit, context);
    seen |= g == self;
  }
  if (!seen)
    visit_thread(self, visit, context);
}

void rf_go_list_everyone(const struct goroutine *self, rf_go_visit *visit, void *context) {
  lock();
  everyone(self, visit, context);
  unlock();
}

bool rf_go_list_call_when_left(void (*f)(void)) {
  if (inside)
    __atomic_store_n(&when_left, f, __ATOMIC_RELAXED);
  return inside;
}

bool rf_go_list_everyone_soon(int64_t patience, rf_go_visit *visit, void *context) {
  for (int64_t until = rf_go_os_now() + patience; !rf_go_guard_try(&guard);) {
    int64_t now = rf_go_os_now();
    if (now >= until)
      return false;
    rf_go_os_sleep_until(now + RETRY_NS);
  }
  everyone(rf_go_self_if_known(), visit, context);
  rf_go_guard_unlock(&guard);
  return true;
}

void rf_go_list_reuse(void) { __atomic_thread_fence(__ATOMIC_RELEASE); }

void rf_go_list_begun(struct goroutine *g) {
  __atomic_add_fetch(&begun, 1, __ATOMIC_RELAXED);
  __atomic_store_n(&g->ended, false, __ATOMIC_RELEASE);
}

void rf_go_list_ended(struct goroutine *g) {
  __atomic_store_n(&g->ended, true, __ATOMIC_RELEASE);
  __atomic_add_fetch(&gone, 1, __ATOMIC_RELEASE); // some wait until the others are gone and then free what those used
}

uint64_t rf_go_list_count(void) {
  uint64_t ended = __atomic_load_n(&gone, __ATOMIC_ACQUIRE); // first, so that none has ended before it began
  return __atomic_load_n(&begun, __ATOMIC_RELAXED) - ended;
}

void rf_go_list_after_fork(struct goroutine *caller) {
  guard = GUARD_FREE;
  main_left_behind = caller->id != 1;
  first = last = NULL;
  begun = gone = 0;
  // main and foreign ones are on it only while they are parked.
  if (is_thread(caller))
    return;
  rf_go_list_add(caller);
  rf_go_list_begun(caller);
}
