// Typed channels and select, as in Go.
//
//   chan(int) c = go_make(int, 0);    // a channel of int without a buffer
//   go_send(c, 42);
//   int v = go_recv(c);
//   bool ok = go_recv2(c, &v);        // false: closed and empty, v is zero
//   go_range(v, c) printf("%d\n", v); // until closed and empty; declares v
//   go_close(c);
//   go_free(c);
//
// A channel is a pointer that may be copied and shared freely; chan(T) of different T are different types. The
// nil channel, NULL, blocks forever. Elements are copied byte by byte; T is any complete object type but an
// array. C has no garbage collector: whoever made the channel calls go_free when nobody will use it any more.
//
// Edges (Go memory model, "Channel communication"), and no others: a send -> the receive that gets its value;
// the k-th receive from a channel with room for n -> the (k+n)-th send's completion, which for n = 0 means that
// a receive -> the completion of its own send; close -> a receive that sees the channel closed.
#ifndef REDFLAG_CHAN_H
#define REDFLAG_CHAN_H

#include <redflag/go_borrowed.h>
#include <redflag/go_errno.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct go_chan;

// The type of a channel of T: a pointer whose type remembers T. It is never followed.
#define chan(T) __typeof__(__typeof__(T)(**)(struct go_chan *))
// The T of the channel c, which is not evaluated.
#define go__elem(c) __typeof__((*(c))((struct go_chan *)0))
#define go__raw(c) ((struct go_chan *)(void *)(c))

// Makes a channel of T with room for cap elements; 0: each send waits for its receive. The caller owns it.
// Errors: `panic: makechan: size out of range`; ends the program when there is no memory.
#define go_make(T, cap) ((chan(T))(void *)go__chan_make(sizeof(T), (cap)))

// Sends v, converted to T: waits until there is room, or without a buffer until somebody receives.
// Errors: `panic: send on closed channel`. A go_close that is not ordered with a go_send is reported as a race.
#define go_send(c, v)                                                                                          \
  __extension__({                                                                                              \
    __typeof__(c) go__c = (c);                                                                                 \
    go__elem(go__c) go__v = (v);                                                                               \
    go__chan_send_own(go__raw(go__c), &go__v);                                                                 \
  })

// Receives: waits for a value and returns it; the zero value when the channel is closed and empty.
#define go_recv(c)                                                                                             \
  __extension__({                                                                                              \
    __typeof__(c) go__c = (c);                                                                                 \
    go__elem(go__c) go__v;                                                                                     \
    go__chan_recv_own(go__raw(go__c), &go__v);                                                                 \
    go__v;                                                                                                     \
  })

// Receives into *p (NULL: drops the value). False: the channel is closed and empty, and *p is zero.
#define go_recv2(c, p)                                                                                         \
  __extension__({                                                                                              \
    __typeof__(c) go__c = (c);                                                                                 \
    go__elem(go__c) *go__v = (p);                                                                              \
    go__chan_recv(go__raw(go__c), go__v);                                                                      \
  })

// for v := range c: declares v and runs the statement for every value until the channel is closed and empty.
#define go_range(v, c)                                                                                         \
  for (int go__once_##v = 1; go__once_##v;)                                                                    \
    for (__typeof__(c) go__c_##v = (c); go__once_##v; go__once_##v = 0)                                        \
      for (go__elem(go__c_##v) go__v_##v, v;                                                                   \
           go__chan_recv_own(go__raw(go__c_##v), &go__v_##v) && ((void)(v = go__v_##v), (void)&v, 1);)

// No more sends: receivers drain the buffer, then see the channel closed. Wakes all that wait.
// Errors: `panic: close of nil channel`, `panic: close of closed channel`.
#define go_close(c) go__chan_close(go__raw(c))

// Elements in the buffer now, and room of the buffer; 0 for nil. Both order nothing.
#define go_len(c) go__chan_len(go__raw(c))
#define go_cap(c) go__chan_cap(go__raw(c))

// Gives the memory back. Nobody may use the channel at the time or later. nil is left alone.
#define go_free(c) go__chan_free(go__raw(c))

struct go_chan *go__chan_make(size_t elem, int64_t cap);
void go__chan_send(struct go_chan *c, const void *elem GO__BORROWED);
bool go__chan_recv(struct go_chan *c, void *elem GO__BORROWED);
// The same, where *elem is the macro's own and nobody else can name it.
void go__chan_send_own(struct go_chan *c, const void *elem GO__BORROWED);
bool go__chan_recv_own(struct go_chan *c, void *elem GO__BORROWED);
void go__chan_close(struct go_chan *c);
size_t go__chan_len(struct go_chan *c);
size_t go__chan_cap(struct go_chan *c);
void go__chan_free(struct go_chan *c);

// ---- Select ------------------------------------------------------------------------------------------------
// Waits until one of the cases can go on, does it, and returns its index; among several that can, chance
// decides.
//
//   switch (go_select(GO_RECV(c, &v), GO_SEND(d, &s), GO_TIMEOUT(GO_SECOND))) {
//   case 0: ... received v        case 1: ... sent s        case 2: ... a second has passed
//   }
//
// A case on a nil channel is never ready. Without any case it blocks forever. Edges: those of the chosen case
// only.
enum go_case_kind { GO__CASE_RECV, GO__CASE_SEND, GO__CASE_TIMEOUT, GO__CASE_DEFAULT };

struct go_case {
  enum go_case_kind kind;
  struct go_chan *chan;
  void *elem;
  bool *ok;        // receive: whether a value came, may be NULL
  int64_t timeout; // ns
};

// Receives into *p (NULL: drops the value), zero when closed; GO_RECV2 also sets *ok.
#define GO_RECV(c, p) GO_RECV2(c, p, NULL)
#define GO_RECV2(c, p, ok) {GO__CASE_RECV, go__raw(c), (1 ? (p) : (go__elem(c) *)0), (ok), 0}
// Sends *p, which is read only when this case is chosen. Errors: as go_send.
#define GO_SEND(c, p) {GO__CASE_SEND, go__raw(c), (void *)(1 ? (p) : (const go__elem(c) *)0), NULL, 0}
// Chosen when no other case was ready for ns nanoseconds.
#define GO_TIMEOUT(ns) {GO__CASE_TIMEOUT, NULL, NULL, NULL, (ns)}
// Chosen when no other case is ready at once.
#define GO_DEFAULT {GO__CASE_DEFAULT, NULL, NULL, NULL, 0}

#define go_select(...)                                                                                         \
  __extension__({                                                                                              \
    struct go_case go__cases[] = {__VA_ARGS__};                                                                \
    go_selectv(go__cases, sizeof go__cases / sizeof go__cases[0]);                                             \
  })

// The same for an array of n cases, at most 64.
int go_selectv(struct go_case *cases GO__BORROWED, size_t n);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
