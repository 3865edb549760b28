// Select: all channels of the cases are locked in order of address, one ready case is chosen by chance; if none
// is ready, a waiter per case is queued, and whoever claims the select first wakes it.
// Invariant: no waiter of this select is in any queue when it returns.
#include "go_chan_impl.h"

#include "go_fatal.h"
#include "go_guard.h"
#include "go_os.h"

#define MAX_CASES 64
#define NOBODY UINT32_MAX

struct select {
  struct go_case *cases;
  uint32_t n;
  uint32_t order[MAX_CASES]; // cases with a channel, by the channel's address
  uint32_t ordered;
  struct go_waiter waiters[MAX_CASES];
  uint32_t claim;      // see struct go_waiter
  uint32_t default_at; // index or NOBODY
  uint32_t timeout_at; // index or NOBODY
  int64_t deadline;    // -1: none
};

static struct go_chan *chan_at(struct select *s, uint32_t i) { return s->cases[s->order[i]].chan; }

static bool is_channel_case(const struct go_case *c) {
  return c->chan && (c->kind == GO__CASE_RECV || c->kind == GO__CASE_SEND);
}

static void insert_ordered(struct select *s, uint32_t index) {
  uint32_t at = s->ordered++;
  for (; at > 0 && (uintptr_t)chan_at(s, at - 1) > (uintptr_t)s->cases[index].chan; at--)
    s->order[at] = s->order[at - 1];
  s->order[at] = index;
}

static int64_t deadline_after(int64_t ns) {
  int64_t now = rf_go_os_now();
  return ns <= 0 ? now : ns > INT64_MAX - now ? INT64_MAX : now + ns;
}

static void add_case(struct select *s, uint32_t i) {
  struct go_case *c = &s->cases[i];
  if (is_channel_case(c))
    insert_ordered(s, i);
  if (c->kind == GO__CASE_DEFAULT)
    s->default_at = i;
  if (c->kind != GO__CASE_TIMEOUT)
    return;
  int64_t deadline = deadline_after(c->timeout);
  if (s->timeout_at == NOBODY || deadline < s->deadline) {
    s->timeout_at = i;
    s->deadline = deadline;
  }
}

static void prepare(struct select *s, struct go_case *cases, size_t n) {
  if (n > MAX_CASES)
    rf_go_panic_exit("go_selectv: more than 64 cases");
  s->cases = cases;
  s->n = (uint32_t)n;
  s->ordered = 0;
  s->default_at = s->timeout_at = NOBODY;
  s->deadline = -1;
  for (uint32_t i = 0; i < s->n; i++)
    add_case(s, i);
}

// Two cases may name one channel, which is locked once.
static bool repeats(struct select *s, uint32_t i) { return i > 0 && chan_at(s, i) == chan_at(s, i - 1); }

static void lock_all(struct select *s) {
  for (uint32_t i = 0; i < s->ordered; i++)
    if (!repeats(s, i))
      rf_go_guard_lock(&chan_at(s, i)->guard);
}

static void unlock_all(struct select *s) {
  for (uint32_t i = s->ordered; i-- > 0;)
    if (!repeats(s, i))
      rf_go_guard_unlock(&chan_at(s, i)->guard);
}

static uint32_t random_below(uint32_t n) {
  static uint32_t state = 2463534242u; // racy use of it only makes it more random
  uint32_t x = __atomic_load_n(&state, __ATOMIC_RELAXED);
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  __atomic_store_n(&state, x, __ATOMIC_RELAXED);
  return x % n;
}

static enum outcome attempt(struct go_case *c, struct goroutine **wake) {
  if (c->kind == GO__CASE_SEND)
    return rf_go_chan_try_send(c->chan, c->elem, wake);
  return rf_go_chan_try_recv(c->chan, c->elem, wake);
}

// Tries all cases from a random one on. Returns the index of the one that was done, or NOBODY.
static uint32_t try_all(struct select *s, enum outcome *outcome, struct goroutine **wake) {
  if (!s->ordered)
    return NOBODY;
  uint32_t first = random_below(s->ordered);
  for (uint32_t k = 0; k < s->ordered; k++) {
    uint32_t i = s->order[(first + k) % s->ordered];
    *outcome = attempt(&s->cases[i], wake);
    if (*outcome != BLOCKED)
      return i;
  }
  return NOBODY;
}

static struct go_queue *queue_of(struct go_case *c) {
  return c->kind == GO__CASE_SEND ? &c->chan->senders : &c->chan->receivers;
}

static bool any_unbuffered(struct select *s) {
  for (uint32_t k = 0; k < s->ordered; k++)
    if (!chan_at(s, k)->cap)
      return true;
  return false;
}

static void enqueue_all(struct select *s) {
  s->claim = 0;
  if (any_unbuffered(s))
    __rf_offer(&rf_go_self()->clock); // one for all cases, since one partner at most will take it
  for (uint32_t k = 0; k < s->ordered; k++) {
    uint32_t i = s->order[k];
    struct go_waiter *w = &s->waiters[i];
    rf_go_waiter_init(w);
    w->elem = s->cases[i].elem;
    w->claim = &s->claim;
    w->index = i;
    rf_go_chan_enqueue(s->cases[i].chan, queue_of(&s->cases[i]), w, false);
  }
}

static void dequeue_all(struct select *s) {
  for (uint32_t k = 0; k < s->ordered; k++) {
    uint32_t i = s->order[k];
    if (s->waiters[i].queued)
      rf_go_queue_remove(queue_of(&s->cases[i]), &s->waiters[i]);
  }
}

static enum go_wait reason(struct select *s) { return s->ordered ? GO_WAIT_SELECT : GO_WAIT_SELECT_NONE; }

// Waits for a claim; false: the deadline came first and the claim is ours.
static bool wait_for_claim(struct select *s) {
  if (s->timeout_at == NOBODY) {
    rf_go_park(reason(s));
    return true;
  }
  if (rf_go_park_until(reason(s), s->deadline))
    return true;
  uint32_t none = 0;
  if (__atomic_compare_exchange_n(&s->claim, &none, NOBODY, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
    return false;
  rf_go_park(reason(s)); // somebody has claimed us and is about to unpark us
  return true;
}

// Tells the detector and the program what was done, all guards free.
static int finish(struct select *s, uint32_t i, enum outcome outcome) {
  struct go_case *c = &s->cases[i];
  if (c->kind == GO__CASE_SEND) {
    rf_go_chan_note_send(c->chan, c->elem);
    if (outcome == DONE_CLOSED)
      rf_go_panic_exit("send on closed channel");
    return (int)i;
  }
  rf_go_chan_received(c->elem, c->chan->elem);
  if (c->ok)
    *c->ok = outcome == DONE_OK;
  return (int)i;
}

// Tries all cases and, unless told otherwise, queues up when none is ready. woken: the case whose channel woke
// us, or NOBODY; if we now do another one, somebody else must have that wake-up.
static uint32_t try_or_enqueue(struct select *s, uint32_t woken, enum outcome *outcome) {
  struct goroutine *wake = NULL, *pass = NULL;
  lock_all(s);
  if (woken != NOBODY)
    dequeue_all(s);
  uint32_t done = try_all(s, outcome, &wake);
  if (done == NOBODY && s->default_at == NOBODY)
    enqueue_all(s);
  if (done != NOBODY && woken != NOBODY && s->cases[woken].chan != s->cases[done].chan)
    pass = rf_go_chan_pass_on(s->cases[woken].chan);
  unlock_all(s);
  if (wake)
    rf_go_unpark(wake);
  if (pass)
    rf_go_unpark(pass);
  return done;
}

static void leave_queues(struct select *s) {
  lock_all(s);
  dequeue_all(s);
  unlock_all(s);
}

int go_selectv(struct go_case *cases, size_t n) {
  struct select s;
  enum outcome outcome = BLOCKED;
  prepare(&s, cases, n);
  for (uint32_t woken = NOBODY;;) {
    uint32_t done = try_or_enqueue(&s, woken, &outcome);
    if (done != NOBODY)
      return finish(&s, done, outcome);
    if (s.default_at != NOBODY)
      return (int)s.default_at;
    bool claimed = wait_for_claim(&s);
    if (!claimed) {
      leave_queues(&s);
      return (int)s.timeout_at;
    }
    woken = s.claim - 1;
    if (s.waiters[woken].granted) {
      leave_queues(&s);
      __rf_met(&rf_go_self()->clock);
      return finish(&s, woken, DONE_OK);
    }
  }
}
