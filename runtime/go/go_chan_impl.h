// A channel as go_chan.c and go_select.c share it. All fields are guarded by guard but those that never change.
#ifndef GO_CHAN_IMPL_H
#define GO_CHAN_IMPL_H

#include "go_queue.h"

#include <redflag/chan.h>

struct go_chan {
  uint32_t guard;
  uint32_t closed;
  // The first cache line is all of a channel without a buffer.
  size_t elem;  // bytes of one element
  size_t cap;   // places in the buffer
  size_t count; // places taken
  struct go_queue senders;   // a waiter may send only while the buffer is full
  struct go_queue receivers; // a waiter may receive only while it is empty
  size_t send_at, recv_at;
  uint64_t close_clock;
  size_t alloc_bytes;
  uint64_t *clocks;          // one for each place in the buffer; NULL without a detector
  char *buffer;
};

enum outcome { BLOCKED, DONE_OK, DONE_CLOSED };

// One attempt, with the guard held. Sets *wake to the goroutine to unpark after the guard is free, or NULL.
// DONE_CLOSED: a receive gave zero; a send must panic.
enum outcome rf_go_chan_try_send(struct go_chan *c, const void *elem, struct goroutine **wake);
enum outcome rf_go_chan_try_recv(struct go_chan *c, void *elem, struct goroutine **wake);
// Sends if that can be done at once and c is open; else the value is lost. Returns whom to unpark, or NULL. The
// detector hears of the edges only: a timer that sends is no user of the channel with whom its owner must be ordered.
struct goroutine *rf_go_chan_post(struct go_chan *c, const void *elem);
// Close and free of a channel that the library owns: no user's misuse is to be found. shut: c is open.
void rf_go_chan_shut(struct go_chan *c);
void rf_go_chan_release(struct go_chan *c);
// What the detector must hear after the guard is free, in the goroutine that receives.
void rf_go_chan_received(void *elem, size_t bytes);
void rf_go_chan_note_send(struct go_chan *c, const void *elem);
// Queues w, guard held. An unbuffered channel's partner completes the operation, so w's goroutine has made its offer.
void rf_go_chan_enqueue(struct go_chan *c, struct go_queue *q, struct go_waiter *w, bool front);
// Somebody was woken for c and did something else: wakes another in its place. Guard held; as
// rf_go_chan_try_send.
struct goroutine *rf_go_chan_pass_on(struct go_chan *c);

#endif
