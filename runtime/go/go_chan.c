// Channels. Through a buffer, a woken goroutine tries again: whoever it was that emptied or filled a place, the
// edges are those of the place. Without a buffer, the second to come completes the operation for both.
//
// Invariants, guard free: waiting receivers only while the buffer is empty or one has been woken for each
// element; waiting senders likewise for free places.
#include "go_chan_impl.h"

#include "go_fatal.h"
#include "go_guard.h"
#include "go_mem.h"

static const struct rf_libsite send_site = RF_LIBSITE("go_send");
static const struct rf_libsite recv_site = RF_LIBSITE("go_recv");
static const struct rf_libsite close_site = RF_LIBSITE("go_close");
static const struct rf_libsite free_site = RF_LIBSITE("go_free");

#define MAX_BYTES (SIZE_MAX / 4)
#define MISUSE_BYTES 1 // of a channel, for the detector: read by send, written by close and free

static size_t bytes_for(size_t elem, size_t cap, size_t clocks) {
  size_t room = elem + clocks;
  if (room && cap > MAX_BYTES / room)
    rf_go_panic_exit("makechan: size out of range");
  return sizeof(struct go_chan) + cap * room;
}

struct go_chan *go__chan_make(size_t elem, int64_t cap) {
  bool detector = rf_go_detector_present();
  if (cap < 0)
    rf_go_panic_exit("makechan: size out of range");
  size_t clock_bytes = detector ? sizeof(uint64_t) : 0;
  size_t bytes = bytes_for(elem, (size_t)cap, clock_bytes);
  struct go_chan *c = rf_go_mem_alloc(bytes);
  rf_go_mem_zero(c, sizeof *c);
  c->elem = elem;
  c->cap = (size_t)cap;
  c->alloc_bytes = bytes;
  c->clocks = detector ? (uint64_t *)(c + 1) : NULL;
  c->buffer = (char *)(c + 1) + c->cap * clock_bytes;
  rf_go_mem_zero(c + 1, c->cap * clock_bytes);
  // Where it lies another channel may have lain.
  __rf_variable_born(c, MISUSE_BYTES, NULL);
  return c;
}

void go__chan_free(struct go_chan *c) {
  if (!c)
    return;
  // Not ordered after a send, the free is a race.
  __rf_note_write(c, MISUSE_BYTES, &free_site);
  rf_go_chan_release(c);
}

void rf_go_chan_release(struct go_chan *c) {
  __rf_variable_gone(c, c->alloc_bytes);
  rf_go_mem_free(c, c->alloc_bytes);
}

// ---- The buffer --------------------------------------------------------------------------------------------

static void copy(void *dst, const void *src, size_t n) {
  if (n == 4)
    __builtin_memcpy_inline(dst, src, 4);
  else if (n == 8)
    __builtin_memcpy_inline(dst, src, 8);
  else
    rf_go_mem_copy(dst, src, n);
}

static size_t advance(struct go_chan *c, size_t *at) {
  size_t now = *at;
  *at = now + 1 == c->cap ? 0 : now + 1;
  return now;
}

// The k-th send is ordered after the (k-cap)-th receive, which emptied the place, and before the one that empties it
// next: each learns at the place of the one before it.
static void put(struct go_chan *c, const void *elem) {
  size_t at = advance(c, &c->send_at);
  if (c->clocks)
    __rf_meet(&c->clocks[at]);
  copy(c->buffer + at * c->elem, elem, c->elem);
  __atomic_store_n(&c->count, c->count + 1, __ATOMIC_RELAXED); // go__chan_len() does not lock
}

static void take(struct go_chan *c, void *elem) {
  size_t at = advance(c, &c->recv_at);
  if (c->clocks)
    __rf_meet(&c->clocks[at]);
  if (elem)
    copy(elem, c->buffer + at * c->elem, c->elem);
  __atomic_store_n(&c->count, c->count - 1, __ATOMIC_RELAXED);
}

// ---- Waiters -----------------------------------------------------------------------------------------------

// Only one of a select's cases may be chosen; the first to claim it wins.
static bool claim(struct go_waiter *w) {
  uint32_t none = 0;
  return !w->claim ||
         __atomic_compare_exchange_n(w->claim, &none, w->index + 1, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

static struct go_waiter *pop(struct go_queue *q) {
  struct go_waiter *w;
  do
    w = rf_go_queue_pop(q);
  while (w && !claim(w));
  return w;
}

static struct goroutine *pop_goroutine(struct go_queue *q) {
  struct go_waiter *w = pop(q);
  return w ? w->g : NULL;
}

// A send and a receive that meet are ordered both ways.
static struct goroutine *meet(struct go_waiter *w) {
  struct goroutine *partner = w->g;
  __rf_routine_soon(partner->routine);
  __rf_meet(&partner->clock);
  w->granted = true;
  return partner;
}

void rf_go_chan_enqueue(struct go_chan *c, struct go_queue *q, struct go_waiter *w, bool front) {
  (front ? rf_go_queue_push_front : rf_go_queue_push)(q, w);
}

struct goroutine *rf_go_chan_pass_on(struct go_chan *c) {
  if (c->cap == 0)
    return NULL;
  if (c->count > 0 && c->receivers.first)
    return pop_goroutine(&c->receivers);
  if (c->count < c->cap && c->senders.first)
    return pop_goroutine(&c->senders);
  return NULL;
}

// ---- Send and receive --------------------------------------------------------------------------------------

enum outcome rf_go_chan_try_send(struct go_chan *c, const void *elem, struct goroutine **wake) {
  *wake = NULL;
  if (c->closed)
    return DONE_CLOSED;
  if (c->cap == 0) {
    struct go_waiter *w = pop(&c->receivers);
    if (!w)
      return BLOCKED;
    if (w->elem)
      copy(w->elem, elem, c->elem);
    *wake = meet(w);
    return DONE_OK;
  }
  if (c->count == c->cap)
    return BLOCKED;
  put(c, elem);
  *wake = pop_goroutine(&c->receivers);
  return DONE_OK;
}

enum outcome rf_go_chan_try_recv(struct go_chan *c, void *elem, struct goroutine **wake) {
  *wake = NULL;
  if (c->count > 0) {
    take(c, elem);
    *wake = pop_goroutine(&c->senders);
    return DONE_OK;
  }
  if (c->closed) {
    __rf_acquire(&c->close_clock);
    if (elem)
      rf_go_mem_zero(elem, c->elem);
    return DONE_CLOSED;
  }
  struct go_waiter *w = c->cap == 0 ? pop(&c->senders) : NULL;
  if (!w)
    return BLOCKED;
  if (elem)
    copy(elem, w->elem, c->elem);
  *wake = meet(w);
  return DONE_OK;
}

struct goroutine *rf_go_chan_post(struct go_chan *c, const void *elem) {
  struct goroutine *wake;
  rf_go_guard_lock(&c->guard);
  rf_go_chan_try_send(c, elem, &wake);
  rf_go_guard_unlock(&c->guard);
  return wake;
}

void rf_go_chan_note_send(struct go_chan *c, const void *elem) {
  __rf_note_read(c, MISUSE_BYTES, &send_site);
  if (elem && c->elem)
    __rf_note_read(elem, c->elem, &send_site);
}

void rf_go_chan_received(void *elem, size_t bytes) {
  if (elem && bytes)
    __rf_note_write(elem, bytes, &recv_site);
}

// Waits in q. True: a partner has completed the operation; false: try again.
static bool wait(struct go_chan *c, struct go_queue *q, struct go_waiter *w, bool front, enum go_wait why) {
  if (c->cap == 0)
    __rf_offer(&w->g->clock);
  rf_go_chan_enqueue(c, q, w, front);
  rf_go_guard_unlock(&c->guard);
  rf_go_park_self(w->g, why);
  if (w->granted)
    __rf_met(&w->g->clock);
  return w->granted;
}

typedef enum outcome try_fn(struct go_chan *, void *, struct goroutine **);

static enum outcome try_send(struct go_chan *c, void *elem, struct goroutine **wake) {
  return rf_go_chan_try_send(c, elem, wake);
}

// Inline, so that the attempt is too.
static inline __attribute__((always_inline)) enum outcome operate(struct go_chan *c, void *elem, try_fn *attempt,
                                                                  struct go_queue *q, enum go_wait why) {
  struct go_waiter w;
  struct goroutine *wake;
  for (bool again = false;; again = true) {
    rf_go_guard_lock(&c->guard);
    enum outcome outcome = attempt(c, elem, &wake);
    if (outcome != BLOCKED) {
      rf_go_guard_unlock(&c->guard);
      if (wake)
        rf_go_unpark(wake);
      return outcome;
    }
    if (!again)
      rf_go_waiter_init(&w);
    w.elem = elem;
    if (wait(c, q, &w, again, why))
      return DONE_OK;
  }
}

// seen: what others may know of elem; NULL: nothing.
static inline void send(struct go_chan *c, const void *elem, const void *seen) {
  if (!c)
    rf_go_park_forever(GO_WAIT_SEND_NIL);
  rf_go_chan_note_send(c, seen);
  if (operate(c, (void *)elem, try_send, &c->senders, GO_WAIT_SEND) == DONE_CLOSED)
    rf_go_panic_exit("send on closed channel");
}

void go__chan_send(struct go_chan *c, const void *elem) { send(c, elem, elem); }
void go__chan_send_own(struct go_chan *c, const void *elem) { send(c, elem, NULL); }

bool go__chan_recv_own(struct go_chan *c, void *elem) {
  if (!c)
    rf_go_park_forever(GO_WAIT_RECV_NIL);
  return operate(c, elem, rf_go_chan_try_recv, &c->receivers, GO_WAIT_RECV) == DONE_OK;
}

bool go__chan_recv(struct go_chan *c, void *elem) {
  size_t bytes = c ? c->elem : 0; // the sender may free the channel once we have received
  bool ok = go__chan_recv_own(c, elem);
  rf_go_chan_received(elem, bytes);
  return ok;
}

// Takes all waiters that can be claimed out of q, onto the front of list.
static struct go_waiter *drain(struct go_queue *q, struct go_waiter *list) {
  for (struct go_waiter *w; (w = pop(q));) {
    w->next = list;
    list = w;
  }
  return list;
}

// False: it was closed before.
static bool shut(struct go_chan *c) {
  rf_go_guard_lock(&c->guard);
  bool was_closed = c->closed;
  if (!was_closed)
    __rf_release_store(&c->close_clock);
  c->closed = 1;
  struct go_waiter *list = drain(&c->receivers, drain(&c->senders, NULL));
  rf_go_guard_unlock(&c->guard);
  rf_go_queue_wake_all(list); // each tries again and finds the channel closed
  return !was_closed;
}

void rf_go_chan_shut(struct go_chan *c) { shut(c); }

void go__chan_close(struct go_chan *c) {
  if (!c)
    rf_go_panic_exit("close of nil channel");
  __rf_note_write(c, MISUSE_BYTES, &close_site);
  if (!shut(c))
    rf_go_panic_exit("close of closed channel");
}

size_t go__chan_len(struct go_chan *c) { return c ? __atomic_load_n(&c->count, __ATOMIC_RELAXED) : 0; }

size_t go__chan_cap(struct go_chan *c) { return c ? c->cap : 0; }
