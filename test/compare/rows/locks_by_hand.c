// Algorithms that use atomics as the language says; the racy twin leaves the protocol out.
// list: invented
// kind: race
// row: Peterson's lock, seq_cst | -DPETERSON
// row: ticket lock | -DTICKET
// row: test-and-set lock with relaxed spinning | -DTAS
// row: seqlock with fences, data atomic | -DSEQLOCK
// row: seqlock: writer's plain data beside, read under its lock | -DSEQLOCK_PLAIN
// row: RCU-like: publish, wait for readers, reclaim | -DRCU
// row: hazard pointers | -DHAZARD
// row: Treiber stack, popped by one | -DTREIBER
// row: single-producer ring buffer | -DRING
// row: reference count: relaxed up, release down, acquire fence before free | -DREFS
// row: double-checked initialisation | -DDOUBLE
// row: spin on a relaxed load, then acquire fence | -DSPIN_FENCE
#include "row.h"

#include <stdlib.h>

#define R __ATOMIC_RELAXED
#define ACQ __ATOMIC_ACQUIRE
#define REL __ATOMIC_RELEASE
#define SC __ATOMIC_SEQ_CST
#define ld(x, o) __atomic_load_n(&(x), o)
#define st(x, v, o) __atomic_store_n(&(x), v, o)
#define add(x, v, o) __atomic_fetch_add(&(x), v, o)
#ifdef RACY
enum { CLEAN = 0 };
#else
enum { CLEAN = 1 };
#endif
enum { ROUNDS = 300 };

long data;
static int a, b, turn, want[2];
static __thread volatile long sink;
struct node {
  struct node *next;
  long v;
};
static struct node *top, *current, *hazard;
static int readers;
__attribute__((unused)) static long ring[8];

// The writer's second half begins when the reader has read something, so that the racy twin always races.
static int have_read, all_pushed;
__attribute__((unused)) static void half(int i) {
  if (i == ROUNDS / 2)
    while (!hidden_load(&have_read))
      sched_yield();
}

static void lock(int me) {
  if (!CLEAN)
    return;
#ifdef PETERSON
  st(want[me], 1, SC);
  st(turn, !me, SC);
  while (ld(want[!me], SC) && ld(turn, SC) == !me)
    sched_yield();
#elif defined(TICKET)
  const int mine = add(a, 1, R);
  while (ld(b, ACQ) != mine)
    sched_yield();
#elif defined(TAS)
  while (__atomic_exchange_n(&a, 1, ACQ))
    while (ld(a, R))
      sched_yield();
#endif
  (void)me;
}
static void unlock(int me) {
  if (!CLEAN)
    return;
#ifdef PETERSON
  st(want[me], 0, SC);
#elif defined(TICKET)
  st(b, ld(b, R) + 1, REL);
#elif defined(TAS)
  st(a, 0, REL);
#endif
  (void)me;
}

static void one(void) {
#if defined(PETERSON) || defined(TICKET) || defined(TAS)
  for (int i = 0; i < ROUNDS; i++) {
    lock(0);
    data++;
    unlock(0);
  }
#elif defined(SEQLOCK) || defined(SEQLOCK_PLAIN)
  for (int i = 0; i < ROUNDS; i++) {
    half(i);
    st(a, 2 * i + 1, R);
    __atomic_thread_fence(REL);
#if defined(RACY) || defined(SEQLOCK_PLAIN)
    data = i;
#endif
    st(turn, i, R);
    st(a, 2 * i + 2, REL);
  }
#elif defined(RCU)
  for (int i = 0; i < ROUNDS; i++) {
    half(i);
    struct node *n = malloc(sizeof *n), *old;
    n->v = i + 1;
    old = __atomic_exchange_n(&current, n, SC);
    if (CLEAN)
      while (ld(readers, SC))
        sched_yield();
    if (old)
      old->v = -1, free(old);
  }
#elif defined(HAZARD)
  for (int i = 0; i < ROUNDS; i++) {
    half(i);
    struct node *n = malloc(sizeof *n), *old;
    n->v = i + 1;
    old = __atomic_exchange_n(&current, n, SC);
    if (CLEAN)
      while (old && ld(hazard, SC) == old)
        sched_yield();
    if (old)
      old->v = -1, free(old);
  }
#elif defined(TREIBER)
  for (int i = 0; i < ROUNDS; i++) {
    struct node *n = calloc(1, sizeof *n);
    n->v = i;
    n->next = ld(top, R);
    while (!__atomic_compare_exchange_n(&top, &n->next, n, 1, CLEAN ? REL : R, R))
      ;
  }
  hidden_add(&all_pushed);
#elif defined(RING)

  for (int i = 0; i < ROUNDS; i++) {
    while (i - ld(b, CLEAN ? ACQ : R) == 8)
      sched_yield();
    ring[i % 8] = i;
    st(a, i + 1, CLEAN ? REL : R);
  }
#elif defined(REFS)
  sink = current->v;
  if (__atomic_fetch_sub(&a, 1, CLEAN ? REL : R) == 1) {
    if (CLEAN)
      __atomic_thread_fence(ACQ);
    current->v = -1;
    free(current);
  }
#elif defined(DOUBLE)
  static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
  if (!ld(current, CLEAN ? ACQ : R)) {
    pthread_mutex_lock(&m);
    if (!ld(current, R)) {
      struct node *n = malloc(sizeof *n);
      n->v = 3;
      st(current, n, CLEAN ? REL : R);
    }
    pthread_mutex_unlock(&m);
  }
  sink = ld(current, R)->v;
  hidden_add(&have_read);
#elif defined(SPIN_FENCE)
  data = 1;
  st(a, 1, CLEAN ? REL : R);
#endif
}

static void two(void) {
#if defined(PETERSON) || defined(TICKET) || defined(TAS)
  for (int i = 0; i < ROUNDS; i++) {
    lock(1);
    data++;
    unlock(1);
  }
#elif defined(SEQLOCK) || defined(SEQLOCK_PLAIN)
  for (int i = 0; i < ROUNDS; i++) {
    const int seen = ld(a, ACQ), v = ld(turn, R);
    __atomic_thread_fence(ACQ);
    if (seen % 2 == 0 && ld(a, R) == seen)
      sink = v;
#ifdef RACY
    sink = data;
#endif
    hidden_add(&have_read);
  }
#ifdef SEQLOCK_PLAIN
  while (CLEAN && ld(a, ACQ) != 2 * ROUNDS)
    sched_yield();
  sink = data;
#endif
#elif defined(RCU)
  for (int i = 0; i < ROUNDS || !hidden_load(&have_read); i++) {
    if (CLEAN)
      add(readers, 1, SC);
    struct node *n = ld(current, SC);
    if (n) {
      sink = n->v;
      hidden_add(&have_read);
    }
    if (CLEAN)
      __atomic_fetch_sub(&readers, 1, SC);
    sched_yield();
  }
#elif defined(HAZARD)
  for (int i = 0; i < ROUNDS || !hidden_load(&have_read); i++) {
    struct node *n = ld(current, SC);
    if (CLEAN)
      do
        st(hazard, n = ld(current, SC), SC);
      while (ld(current, SC) != n);
    if (n) {
      sink = n->v;
      hidden_add(&have_read);
    }
    if (CLEAN)
      st(hazard, NULL, REL);
    sched_yield();
  }
#elif defined(TREIBER)
  for (int i = 0; i < ROUNDS;) {
    struct node *n = ld(top, CLEAN ? ACQ : R);
    while (n && !__atomic_compare_exchange_n(&top, &n, n->next, 1, CLEAN ? ACQ : R, CLEAN ? ACQ : R))
      ;
    if (!n) {
      // Where nothing orders them, compilers store n->next after the exchange, and nodes get lost.
      if (hidden_load(&all_pushed) && !ld(top, R))
        break;
      sched_yield();
      continue;
    }
    sink = n->v;
    free(n);
    i++;
  }
#elif defined(RING)
  for (int i = 0; i < ROUNDS; i++) {
    while (ld(a, CLEAN ? ACQ : R) <= i)
      sched_yield();
    sink = ring[i % 8];
    st(b, i + 1, CLEAN ? REL : R);
  }
#elif defined(REFS)
  one();
#elif defined(DOUBLE)
  while (!hidden_load(&have_read))
    sched_yield();
  one();
#elif defined(SPIN_FENCE)
  while (!ld(a, R))
    sched_yield();
  if (CLEAN)
    __atomic_thread_fence(ACQ);
  sink = data;
#endif
}

static void *first(void *arg) {
  step();
  await_step(2);
  one();
  return arg;
}
static void *second(void *arg) {
  step();
  await_step(2);
  two();
  return arg;
}

int main(void) {
#ifdef REFS
  current = malloc(sizeof *current);
  current->v = 1;
  a = 2;
#endif
  run_two(first, second, NULL);
}
