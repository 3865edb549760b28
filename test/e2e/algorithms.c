// Mutual exclusion and publication by atomics alone, done right: silent. Their twins leave one order out.
// RUN: for p in PETERSON TICKET SEQLOCK RCU HAZARD; do for o in -O0 -O2; do \
// RUN:   %cc $o -D$p %s -o %t && %clean -n 3 %t || { echo $p $o; exit 1; }; \
// RUN:   %cc $o -D$p -DRACY %s -o %t && %racy %t | FileCheck %s || { echo $p $o; exit 1; }; done; done
// CHECK: WARNING: Redflag: data race
#include "Inputs/meet.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define ROUNDS 300
static int together;

#ifdef RACY // the order that the algorithm needs is left out
#define ACQUIRE memory_order_relaxed
#define RELEASE memory_order_relaxed
#define SEQ_CST memory_order_relaxed
#else
#define ACQUIRE memory_order_acquire
#define RELEASE memory_order_release
#define SEQ_CST memory_order_seq_cst
#endif

#if defined(PETERSON)
static atomic_int wants[2], turn;
static long count;
static void step(int me) {
  atomic_store_explicit(&wants[me], 1, SEQ_CST);
  atomic_store_explicit(&turn, !me, SEQ_CST);
  while (atomic_load_explicit(&wants[!me], SEQ_CST) && atomic_load_explicit(&turn, SEQ_CST) == !me)
    ;
  count++;
  atomic_store_explicit(&wants[me], 0, SEQ_CST);
}
#elif defined(TICKET)
static atomic_uint next, serving;
static long count;
static void step(int me) {
  (void)me;
  const unsigned mine = atomic_fetch_add_explicit(&next, 1, memory_order_relaxed);
  while (atomic_load_explicit(&serving, ACQUIRE) != mine)
    ;
  count++;
  atomic_store_explicit(&serving, mine + 1, RELEASE);
}
#elif defined(SEQLOCK)
// The data are atomics, as C11 asks; the twin's are plain.
static atomic_uint version;
#ifdef RACY
static long a, b;
#define PUT(x, v) (x = (v))
#define GET(x) x
#else
static atomic_long a, b;
#define PUT(x, v) atomic_store_explicit(&x, v, memory_order_relaxed)
#define GET(x) atomic_load_explicit(&x, memory_order_relaxed)
#endif
static void step(int me) {
  if (me) {
    const unsigned v = atomic_load_explicit(&version, memory_order_relaxed);
    atomic_store_explicit(&version, v + 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    PUT(a, v);
    PUT(b, v);
    atomic_store_explicit(&version, v + 2, memory_order_release);
    return;
  }
  unsigned before, after;
  long x, y;
  do {
    before = atomic_load_explicit(&version, memory_order_acquire);
    x = GET(a);
    y = GET(b);
    atomic_thread_fence(memory_order_acquire);
    after = atomic_load_explicit(&version, memory_order_relaxed);
  } while (before != after || before & 1);
  if (x != y)
    abort();
}
#elif defined(RCU)
// The reader says when it is in no reading section; the writer waits for that before it frees.
static _Atomic(long *) current;
static atomic_ulong reading; // odd: inside
static void step(int me) {
  if (me) {
    long *fresh = malloc(sizeof *fresh);
    *fresh = 1;
    long *old = atomic_exchange_explicit(&current, fresh, SEQ_CST);
#ifndef RACY
    const unsigned long seen = atomic_load(&reading);
    if (seen & 1)
      while (atomic_load(&reading) == seen)
        ;
#endif
    free(old);
    return;
  }
  atomic_fetch_add(&reading, 1);
  const long *p = atomic_load_explicit(&current, memory_order_seq_cst);
  if (p && *p != 1)
    abort();
  atomic_fetch_add_explicit(&reading, 1, memory_order_seq_cst);
}
#elif defined(HAZARD)
static _Atomic(long *) current, hazard;
static void step(int me) {
  if (me) {
    long *fresh = malloc(sizeof *fresh);
    *fresh = 1;
    long *old = atomic_exchange(&current, fresh);
#ifndef RACY
    while (old && atomic_load(&hazard) == old)
      ;
#endif
    free(old);
    return;
  }
  long *p;
  do {
    p = atomic_load(&current);
    atomic_store(&hazard, p);
  } while (p != atomic_load(&current));
  if (p && *p != 1)
    abort();
  atomic_store(&hazard, NULL);
}
#endif

#ifdef RACY // one step each in turn, in an order that nothing but the algorithm could tell
static void *run(void *me) {
  if (me)
    step(1);
  else
    hidden_wait(&together, 1);
  if (!me)
    step(0);
  hidden_add(&together);
  if (me) {
    hidden_wait(&together, 2);
    step(1);
  }
  return NULL;
}
#else
static void *run(void *me) {
  hidden_meet(&together, 2);
  for (int i = 0; i < ROUNDS; i++)
    step(me != NULL);
  return NULL;
}
#endif

int main(void) {
  pthread_t a, b;
  pthread_create(&a, NULL, run, NULL);
  pthread_create(&b, NULL, run, &together);
  pthread_join(a, NULL);
  pthread_join(b, NULL);
  return 0;
}
