// Contexts. Invariants, guard free: a context that has ended is in no tree and has no children; the done
// channel is closed exactly when err is set; refs counts the owner and a timer that may still call expire().
#include "go_chan_impl.h"
#include "go_fatal.h"
#include "go_fork.h"
#include "go_guard.h"
#include "go_mem.h"
#include "go_timer.h"

#include <redflag/context.h>

#include <errno.h>

struct go_ctx {
  struct go_ctx *parent; // NULL: the background, or not in a tree
  struct go_ctx *children;
  struct go_ctx *next, *prev; // siblings
  struct go_chan *done;
  int err; // changes once
  uint32_t refs;
  bool timed; // the timer's reference is still to be dropped
  go_timer timer;
};

static uint32_t guard; // guards all contexts; before those of timers and channels
static struct go_ctx background;

static void attach(struct go_ctx *c, struct go_ctx *parent) {
  c->parent = parent;
  c->next = parent->children;
  if (c->next)
    c->next->prev = c;
  parent->children = c;
}

static void detach(struct go_ctx *c) {
  if (!c->parent)
    return;
  *(c->prev ? &c->prev->next : &c->parent->children) = c->next;
  if (c->next)
    c->next->prev = c->prev;
  c->parent = c->next = c->prev = NULL;
}

static void drop(struct go_ctx *c) {
  if (--c->refs)
    return;
  rf_go_chan_release(c->done);
  rf_go_mem_free(c, sizeof *c);
}

// The close tells the detector; err is for those who look without receiving.
static void end_one(struct go_ctx *c, int err) {
  __atomic_store_n(&c->err, err, __ATOMIC_RELEASE);
  rf_go_chan_shut(c->done);
  if (!c->timed || !rf_go_timer_disarm(c->timer))
    return;
  c->timed = false;
  drop(c); // not the last: the owner's is still there
}

// No recursion: a tree may be deeper than a goroutine's stack.
static void end_all(struct go_ctx *c, int err) {
  if (c->err)
    return;
  detach(c);
  for (struct go_ctx *list = c; list;) {
    struct go_ctx *now = list;
    list = now->next;
    now->next = NULL;
    while (now->children) {
      struct go_ctx *child = now->children;
      detach(child);
      child->next = list;
      list = child;
    }
    end_one(now, err);
  }
}

static void expire(void *p) {
  struct go_ctx *c = p;
  rf_go_guard_lock(&guard);
  end_all(c, ETIMEDOUT);
  drop(c);
  rf_go_guard_unlock(&guard);
}

static struct go_ctx *make(void) {
  struct go_ctx *c = rf_go_mem_alloc(sizeof *c);
  rf_go_mem_zero(c, sizeof *c);
  c->done = go__chan_make(sizeof(char), 0);
  c->refs = 1;
  return c;
}

// Below a parent that has ended, or with no time at all, c is ended by its maker.
static void begin(struct go_ctx *c, struct go_ctx *parent, int64_t ns, bool timed) {
  rf_go_guard_lock(&guard);
  int err = parent->err;
  if (err)
    go__chan_recv(parent->done, NULL);
  else if (timed && ns <= 0)
    err = ETIMEDOUT;
  else if (parent != &background)
    attach(c, parent);
  if (err)
    end_one(c, err);
  else if (timed)
    c->timer = rf_go_timer_call(ns, expire, c, "go_ctx_with_timeout");
  c->timed = !err && timed;
  c->refs += c->timed;
  rf_go_guard_unlock(&guard);
}

static struct go_ctx *derive(struct go_ctx *parent, int64_t ns, bool timed) {
  if (!parent)
    rf_go_panic_exit("cannot create context from nil parent");
  rf_go_fork_check();
  struct go_ctx *c = make();
  begin(c, parent, ns, timed);
  return c;
}

go_ctx *go_ctx_background(void) { return &background; }
go_ctx *go_ctx_with_cancel(go_ctx *parent) { return derive(parent, 0, false); }
go_ctx *go_ctx_with_timeout(go_ctx *parent, int64_t ns) { return derive(parent, ns, true); }

void go_ctx_cancel(go_ctx *c) {
  if (c == &background)
    return;
  rf_go_fork_check();
  rf_go_guard_lock(&guard);
  end_all(c, ECANCELED);
  rf_go_guard_unlock(&guard);
}

chan(char) go_ctx_done(go_ctx *c) { return (chan(char))(void *)c->done; }

int go_ctx_err(go_ctx *c) { return __atomic_load_n(&c->err, __ATOMIC_ACQUIRE); }

void go_ctx_free(go_ctx *c) {
  if (!c || c == &background)
    return;
  rf_go_fork_check();
  rf_go_guard_lock(&guard);
  end_all(c, ECANCELED);
  drop(c);
  rf_go_guard_unlock(&guard);
}

void rf_go_ctx_after_fork(void) { guard = GUARD_FREE; }
