// Atomics that do not order what the program needs ordered. The value arrives all the same; only the order is missing.
// list: lost
// kind: race
// row: relaxed store where a release is needed | -DPUBLISH='st(&flag,1,R)' -DSEE='ld(&flag,ACQ)==1' -DRIGHT='st(&flag,1,REL)'
// row: relaxed load where an acquire is needed | -DPUBLISH='st(&flag,1,REL)' -DRELAXED_SEE
// row: relaxed store of another thread breaks the release sequence | -DBREAKER='st(&flag,2,R)' -DKEEPER='__atomic_fetch_add(&flag,1,R)'
// row: failed compare-exchange with relaxed failure order | -DPUBLISH='st(&flag,1,REL)' -DCAS
// row: release fence after the store | -DPUBLISH='st(&flag,1,R);fence(REL)' -DSEE='ld(&flag,ACQ)==1' -DRIGHT='fence(REL);st(&flag,1,R)'
// row: acquire fence before the load | -DPUBLISH='st(&flag,1,REL)' -DFENCE_SEE
// row: relaxed counter taken for a lock | -DPUBLISH='__atomic_fetch_add(&flag,1,R)' -DSEE='__atomic_fetch_add(&flag,0,R)==1' -DRIGHT='__atomic_fetch_add(&flag,1,REL);' -DRIGHT_SEE='__atomic_fetch_add(&flag,0,ACQ)==1'
// row: volatile taken for an atomic | -DVOLATILE
#include "row.h"

#define R __ATOMIC_RELAXED
#define ACQ __ATOMIC_ACQUIRE
#define REL __ATOMIC_RELEASE
#define st(p, v, order) __atomic_store_n(p, v, order)
#define ld(p, order) __atomic_load_n(p, order)
#define fence(order) __atomic_thread_fence(order)

long data;
static int flag;
static volatile int plain_flag;
static volatile long sink;

static int cas_seen(int failure) {
  int was = 5;
  if (failure == ACQ)
    __atomic_compare_exchange_n(&flag, &was, 6, 0, __ATOMIC_ACQ_REL, ACQ);
  else
    __atomic_compare_exchange_n(&flag, &was, 6, 0, __ATOMIC_ACQ_REL, R);
  return was == 1;
}
static int fence_then_load(void) {
  fence(ACQ);
  return ld(&flag, R) == 1;
}
static int load_then_fence(void) {
  const int seen = ld(&flag, R) == 1;
  fence(ACQ);
  return seen;
}

#ifdef RELAXED_SEE
#define SEE ld(&flag, R) == 1
#define RIGHT_SEE ld(&flag, ACQ) == 1
#elif defined(CAS)
#define SEE cas_seen(R)
#define RIGHT_SEE cas_seen(ACQ)
#elif defined(FENCE_SEE)
#define SEE fence_then_load()
#define RIGHT_SEE load_then_fence()
#elif defined(BREAKER)
#define PUBLISH st(&flag, 1, REL)
#define SEE ld(&flag, ACQ) == 2
#elif defined(VOLATILE)
#define PUBLISH plain_flag = 1
#define SEE plain_flag == 1
#define RIGHT st(&flag, 1, REL)
#define RIGHT_SEE ld(&flag, ACQ) == 1
#endif
#ifndef RACY
#ifdef RIGHT
#undef PUBLISH
#define PUBLISH RIGHT
#endif
#ifdef RIGHT_SEE
#undef SEE
#define SEE RIGHT_SEE
#endif
#endif

static void *publisher(void *arg) {
  data = 1;
  PUBLISH;
  step();
  return arg;
}

static void *observer(void *arg) {
#ifdef BREAKER
  await_step(2);
#endif
  while (!(SEE)) // one look when the flag is known to be set: what an earlier one saw must not count
    sched_yield();
  sink = data;
  return arg;
}

static void *breaker(void *arg) {
  await_step(1);
#if defined(BREAKER) && defined(RACY)
  BREAKER;
#elif defined(BREAKER)
  KEEPER;
#endif
  step();
  return arg;
}

int main(void) {
  pthread_t t;
  pthread_create(&t, NULL, breaker, NULL);
  run_two(publisher, observer, NULL);
  pthread_join(t, NULL);
}
