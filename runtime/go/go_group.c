// Groups. Invariant, guard free: calls wait for room only while active equals the limit.
#include "go_fatal.h"
#include "go_guard.h"
#include "go_queue.h"

#include <redflag/group.h>

struct body {
  go_group *g;
  int (*f)(void *);
  void *arg;
};

// Waits until the limit lets one more run. Neither side tells the detector: room orders nothing.
static void take_room(go_group *g) {
  struct go_waiter w;
  rf_go_waiter_init(&w);
  rf_go_guard_lock(&g->guard);
  bool full = g->limit && g->active == g->limit;
  if (full)
    rf_go_queue_push(&g->queue, &w);
  else
    g->active++;
  rf_go_guard_unlock(&g->guard);
  if (full)
    rf_go_park(GO_WAIT_GROUP);
}

// Whoever waits longest gets the room directly.
static void finish(go_group *g, int error) {
  rf_go_guard_lock(&g->guard);
  if (!g->error)
    g->error = error;
  struct go_waiter *next = rf_go_queue_pop(&g->queue);
  if (!next)
    g->active--;
  rf_go_guard_unlock(&g->guard);
  if (next)
    rf_go_unpark(next->g);
  go_wg_done(&g->wg); // last: the group may be gone then
}

static void run(void *p) {
  struct body *body = p;
  finish(body->g, body->f(body->arg));
}

void go__group_go(go_group *g, int (*f)(void *), void *arg, const char *name) {
  struct body body = {g, f, arg};
  take_room(g);
  go_wg_add(&g->wg, 1);
  rf_go_sched_spawn(run, &body, sizeof body, name, NULL);
}

static _Noreturn void limit_in_use(uint32_t active) {
  struct go_text t;
  t.len = 0;
  rf_go_text_str(&t, "errgroup: modify limit while ");
  rf_go_text_num(&t, active);
  rf_go_text_str(&t, " goroutines in the group are still active");
  t.at[t.len] = 0;
  rf_go_panic_exit(t.at);
}

void go_group_limit(go_group *g, int n) {
  rf_go_guard_lock(&g->guard);
  uint32_t active = g->active;
  if (!active)
    g->limit = n > 0 ? (uint32_t)n : 0;
  rf_go_guard_unlock(&g->guard);
  if (active)
    limit_in_use(active);
}

int go_group_wait(go_group *g) {
  go_wg_wait(&g->wg);
  rf_go_guard_lock(&g->guard);
  int error = g->error;
  rf_go_guard_unlock(&g->guard);
  return error;
}
