// Pools, groups, panics, timers, contexts, dumps: each row is clean, and races when one thing about it is changed.
// RUN: for o in "-O0" "-O2 -g"; do %cc $o %s -o %t || exit 1; \
// RUN:   for row in $(%t); do %clean %t $row || { echo "$row is clean"; exit 1; }; \
// RUN:     %racy %t $row racy > %t.out || { echo "$row races"; exit 1; }; \
// RUN:     grep -q "SUMMARY: Redflag: data race .*go-tasks.c:[0-9:]* in $row" %t.out || exit 1; done; done
#include <redflag/go.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SOON (4 * GO_MILLISECOND)

static int global;
static bool races; // set before anything else runs

// ---- Pools ---------------------------------------------------------------------------------------------------------
static go_pool pool;
static int item, other;

static void pool_item_put(void) {
  item = 1;
  go_pool_put(&pool, &item);
}

// Who gets an item has what was done to it before it was put.
static void pool_item(void) {
  go pool_item_put();
  while (!races && !go_pool_get(&pool))
    go_sleep(SOON);
  item++;
}

static void pool_other_put(void) {
  global = 1;
  go_pool_put(&pool, &item);
}

// An item says nothing of another one.
static void pool_other(void) {
  go pool_other_put();
  go_sleep(SOON);
  if (races)
    go_pool_put(&pool, &other);
  while (!go_pool_get(&pool))
    go_sleep(SOON);
  global++;
}

static void pool_kept_use(void) {
  int *mine;
  while (!(mine = go_pool_get(&pool)))
    go_sleep(SOON);
  if (!races)
    ++*mine;
  go_pool_put(&pool, mine);
  if (races)
    ++*mine;
}

// Nobody touches an item that he has put back.
static void pool_kept(void) {
  go_wg wg = {0};
  go_pool_put(&pool, &item);
  for (int i = 0; i < 3; i++) {
    go_wg_add(&wg, 1);
    go {
      pool_kept_use();
      go_wg_done(&wg);
    };
    go_sleep(SOON);
  }
  go_wg_wait(&wg);
}

static void *pool_made_new(void) { return races ? &item : malloc(sizeof(int)); }

// What make makes must be new.
static void pool_made(void) {
  go_pool p = {.make = pool_made_new};
  go_wg wg = {0};
  for (int i = 0; i < 2; i++) {
    go_wg_add(&wg, 1);
    go {
      int *mine = go_pool_get(&p);
      *mine = 1;
      go_wg_done(&wg);
    };
  }
  go_wg_wait(&wg);
}

// ---- Groups --------------------------------------------------------------------------------------------------------
static int group_start_body(void *p) {
  global += *(int *)p;
  return 0;
}

static void group_start(void) {
  go_group g = {0};
  int arg = 0;
  if (!races)
    arg = 1;
  go_group_go(&g, group_start_body, &arg);
  if (races)
    arg = 1;
  go_group_wait(&g);
}

static int group_wait_body(void *p) {
  *(int *)p = 1;
  return EIO;
}

static void group_wait(void) {
  go_group g = {0};
  int result = 0;
  go_group_go(&g, group_wait_body, &result);
  if (races)
    go_sleep(SOON);
  else
    go_group_wait(&g);
  global += result;
  go_group_wait(&g);
}

static go_mutex lock;

static int group_bodies_body(void *p) {
  if (!races)
    go_lock(&lock);
  ++*(int *)p;
  if (!races)
    go_unlock(&lock);
  return 0;
}

static void group_bodies(void) {
  go_group g = {0};
  int sum = 0;
  for (int i = 0; i < 4; i++)
    go_group_go(&g, group_bodies_body, &sum);
  go_group_wait(&g);
}

static int group_limit_body(void *p) {
  if (races)
    ++*(int *)p;
  return 0;
}

// A limit of one lets one body run at a time, and yet orders nothing.
static void group_limit(void) {
  go_group g = {0};
  int sum = 0;
  go_group_limit(&g, 1);
  for (int i = 0; i < 3; i++)
    go_group_go(&g, group_limit_body, &sum);
  go_group_wait(&g);
}

static void group_limit_main(void) {
  go_group g = {0};
  int result = 0;
  go_group_limit(&g, 1);
  go_group_go(&g, group_wait_body, &result);
  int second = 0;
  go_group_go(&g, group_wait_body, &second); // waits until the first has returned
  if (!races)
    go_group_wait(&g);
  global += result;
  go_group_wait(&g);
}

// ---- Panics --------------------------------------------------------------------------------------------------------
static void panic_orders_now(void *p) {
  global++;
  go_panic("now");
}

static void panic_orders_run(chan(int) done) {
  go_try(panic_orders_now, NULL);
  go_send(done, 1);
}

// Catching one's own panic says nothing of another's.
static void panic_orders(void) {
  chan(int) done = go_make(int, 1);
  go panic_orders_run(done);
  go_sleep(SOON);
  if (races)
    go_try(panic_orders_now, NULL);
  go_recv(done);
  global++;
  go_free(done);
}

static void panic_locked_now(void *p) {
  go_lock(&lock);
  global++;
  if (!races)
    go_unlock(&lock);
  go_panic("locked");
}

static void panic_locked_run(void) {
  go_try(panic_locked_now, NULL);
  if (!races)
    return;
  go_unlock(&lock); // a panic has left it locked
  global++;
}

static void panic_locked(void) {
  go panic_locked_run();
  while (go_num() > 1) // which orders nothing
    go_sleep(SOON);
  go_lock(&lock);
  global++;
  go_unlock(&lock);
}

// ---- Timers --------------------------------------------------------------------------------------------------------
static void timer_call_body(void *p) {
  *(int *)p += 1;
  go_pool_put(&pool, p);
}

static void timer_call(void) {
  int a = 0;
  if (!races)
    a = 1;
  go_after_func(SOON, timer_call_body, &a);
  if (races)
    a = 1;
  while (!go_pool_get(&pool))
    go_sleep(SOON);
}

static void timer_end_body(void *p) {
  *(int *)p += 1;
  go_pool_put(&pool, p);
}

// The end of its function is not before anything.
static void timer_end(void) {
  int a = 0;
  go_timer t = go_after_func(1, timer_end_body, &a);
  while (!races && !go_pool_get(&pool))
    go_sleep(SOON);
  go_sleep(SOON);
  while (go_timer_stop(t)) { // on a busy machine it may not have come to it
    t = go_after_func(1, timer_end_body, &a);
    go_sleep(SOON);
  }
  global += a;
  while (races && !go_pool_get(&pool))
    go_sleep(SOON);
}

static void timer_send_arm(chan(int64_t) c) {
  if (!races)
    global = 1;
  go_after(c, SOON);
  if (races)
    global = 1;
}

static void timer_send(void) {
  chan(int64_t) c = go_make(int64_t, 1);
  go timer_send_arm(c);
  go_recv(c);
  global++;
  go_free(c);
}

static void timer_tick_arm(chan(int64_t) c, go_timer *t, chan(int) armed) {
  if (!races)
    global = 1;
  *t = go_ticker(c, SOON);
  if (races)
    global = 1;
  go_sleep(3 * SOON);
  go_send(armed, 1);
}

static void timer_tick(void) {
  chan(int64_t) c = go_make(int64_t, 1);
  chan(int) armed = go_make(int, 1);
  go_timer t = {0};
  go timer_tick_arm(c, &t, armed);
  go_recv(c);
  go_recv(c);
  global++;
  go_recv(armed);
  go_timer_stop(t);
  go_free(armed);
  go_free(c);
}

static void timer_other_arm(chan(int64_t) c) {
  global = 1;
  go_after(c, 1);
}

// A timer that fires later says nothing of the first one.
static void timer_other(void) {
  chan(int64_t) first = go_make(int64_t, 1), second = go_make(int64_t, 1);
  go timer_other_arm(first);
  go_sleep(SOON);
  go_after(second, SOON);
  if (!races)
    go_recv(first);
  go_recv(second);
  global++;
  if (races)
    go_recv(first);
  go_free(first);
  go_free(second);
}

static go_timer timer_stop_timer;

static void timer_stop_arm(chan(int) armed) {
  global = 1;
  timer_stop_timer = go_after_func(GO_MINUTE, timer_call_body, &item);
  go_send(armed, 1);
}

static void timer_stop(void) {
  chan(int) armed = go_make(int, 1);
  go timer_stop_arm(armed);
  if (!races)
    go_recv(armed);
  else
    go_sleep(SOON);
  global++;
  if (races)
    go_recv(armed);
  go_timer_stop(timer_stop_timer);
  go_free(armed);
}

// ---- Contexts ------------------------------------------------------------------------------------------------------
static void ctx_cancel_run(go_ctx *ctx) {
  global = 1;
  go_ctx_cancel(ctx);
}

static void ctx_cancel(void) {
  go_ctx *ctx = go_ctx_with_cancel(go_ctx_background());
  go ctx_cancel_run(ctx);
  while (races && !go_ctx_err(ctx)) // looking orders nothing
    go_sleep(SOON);
  if (!races)
    go_recv(go_ctx_done(ctx));
  global++;
  go_recv(go_ctx_done(ctx));
  go_ctx_free(ctx);
}

static void ctx_below(void) {
  go_ctx *ctx = go_ctx_with_cancel(go_ctx_background());
  go_ctx *below = go_ctx_with_timeout(ctx, GO_MINUTE), *deep = go_ctx_with_cancel(below);
  go ctx_cancel_run(ctx);
  while (races && !go_ctx_err(deep))
    go_sleep(SOON);
  if (!races)
    go_recv(go_ctx_done(deep));
  global++;
  go_recv(go_ctx_done(deep));
  go_ctx_free(deep);
  go_ctx_free(below);
  go_ctx_free(ctx);
}

// One that is cancelled beside another says nothing of it, nor of what is above.
static void ctx_beside(void) {
  go_ctx *ctx = go_ctx_with_cancel(go_ctx_background());
  go_ctx *left = go_ctx_with_cancel(ctx), *right = go_ctx_with_cancel(ctx);
  go ctx_cancel_run(left);
  while (!go_ctx_err(left))
    go_sleep(SOON);
  go_ctx_cancel(races ? right : ctx);
  go_recv(go_ctx_done(races ? right : left));
  global++;
  go_recv(go_ctx_done(left));
  go_ctx_free(left);
  go_ctx_free(right);
  go_ctx_free(ctx);
}

static void ctx_timeout_run(go_ctx **out, chan(int) made) {
  if (!races)
    global = 1;
  *out = go_ctx_with_timeout(go_ctx_background(), 2 * SOON);
  go_send(made, 1);
  if (races)
    global = 1;
}

// The timeout is ordered after its arming, not after what its maker did later.
static void ctx_timeout(void) {
  chan(int) made = go_make(int, 1);
  go_ctx *ctx = NULL;
  go ctx_timeout_run(&ctx, made);
  go_recv(made);
  go_recv(go_ctx_done(ctx));
  global++;
  go_ctx_free(ctx);
  go_free(made);
}

// Born ended, it knows what ended its parent.
static void ctx_born(void) {
  go_ctx *ctx = go_ctx_with_cancel(go_ctx_background());
  go ctx_cancel_run(ctx);
  while (!go_ctx_err(ctx))
    go_sleep(SOON);
  go_ctx *below = races ? go_ctx_with_cancel(go_ctx_background()) : go_ctx_with_cancel(ctx);
  global++;
  go_recv(go_ctx_done(ctx));
  go_ctx_free(below);
  go_ctx_free(ctx);
}

static void ctx_again_run(go_ctx *ctx) {
  go_sleep(SOON);
  global = 1;
  go_ctx_cancel(ctx); // in vain
}

// Only what has ended it comes before.
static void ctx_again(void) {
  go_ctx *ctx = go_ctx_with_cancel(go_ctx_background());
  go ctx_again_run(ctx);
  if (races)
    go_ctx_cancel(ctx);
  go_sleep(3 * SOON);
  go_recv(go_ctx_done(ctx));
  global++;
  go_ctx_free(ctx);
}

// ---- Dumps ---------------------------------------------------------------------------------------------------------
static void dump_run(chan(int) done) {
  int null = open("/dev/null", O_WRONLY);
  global = 1;
  go_dump(null);
  go_send(done, 1);
}

static void dump(void) {
  chan(int) done = go_make(int, 1);
  int null = open("/dev/null", O_WRONLY);
  go dump_run(done);
  go_sleep(SOON);
  if (races)
    go_dump(null);
  else
    go_recv(done);
  global++;
  if (races)
    go_recv(done);
  go_free(done);
}

#define ROWS(X)                                                                                                \
  X(pool_item) X(pool_other) X(pool_kept) X(pool_made) X(group_start) X(group_wait) X(group_bodies)             \
  X(group_limit) X(group_limit_main) X(panic_orders) X(panic_locked) X(timer_call) X(timer_end) X(timer_send)   \
  X(timer_tick) X(timer_other) X(timer_stop) X(ctx_cancel) X(ctx_below) X(ctx_beside) X(ctx_timeout)            \
  X(ctx_born) X(ctx_again) X(dump)

int main(int argc, char **argv) {
  races = argc > 2;
#define ROW(name)                                                                                              \
  if (argc == 1)                                                                                               \
    puts(#name);                                                                                               \
  else if (!strcmp(argv[1], #name))                                                                            \
    name();
  ROWS(ROW)
  while (go_num() > 1) // what has not run cannot race
    go_sleep(SOON);
}
