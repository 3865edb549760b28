// Fences in every legal pairing, and release sequences. ThreadSanitizer does not model fences at all.
// list: invented
// kind: race
// row: release fence, acquire load | -DPUT='fence(REL);st(R)' -DGET='ld(ACQ)'
// row: release store, acquire fence | -DPUT='st(REL)' -DGET='ld(R)' -DTHEN='fence(ACQ)'
// row: release fence, acquire fence | -DPUT='fence(REL);st(R)' -DGET='ld(R)' -DTHEN='fence(ACQ)'
// row: acq_rel fences on both sides | -DPUT='fence(__ATOMIC_ACQ_REL);st(R)' -DGET='ld(R)' -DTHEN='fence(__ATOMIC_ACQ_REL)'
// row: seq_cst fences on both sides | -DPUT='fence(__ATOMIC_SEQ_CST);st(R)' -DGET='ld(R)' -DTHEN='fence(__ATOMIC_SEQ_CST)'
// row: seq_cst fence, acquire read-modify-write | -DPUT='fence(__ATOMIC_SEQ_CST);st(R)' -DGET='__atomic_fetch_add(&flag,0,ACQ)'
// row: release fence, exchange, acquire fence after a failed compare-exchange | -DPUT='fence(REL);__atomic_exchange_n(&flag,1,R)' -DGET='failing()' -DTHEN='fence(ACQ)'
// row: release sequence through another thread's relaxed read-modify-write | -DTHIRD -DPUT='st(REL)' -DGET='ld(ACQ)==2'
// row: release fence heads a release sequence through another thread | -DTHIRD -DPUT='fence(REL);st(R)' -DGET='ld(R)==2' -DTHEN='fence(ACQ)'
// row: release sequence continued by the same thread's relaxed store (C11) | -DPUT='st(REL);__atomic_fetch_add(&flag,1,R)' -DGET='ld(ACQ)==2'
// row: consume load, dependent access | -DPUT='st(REL)' -DGET='ld(__ATOMIC_CONSUME)'
// row: seq_cst store and load | -DPUT='st(__ATOMIC_SEQ_CST)' -DGET='ld(__ATOMIC_SEQ_CST)'
// row: flag test-and-set and clear | -DPUT='__atomic_test_and_set(&flag,REL)' -DGET='(unsigned char)ld(ACQ)'
#include "row.h"

#define R __ATOMIC_RELAXED
#define ACQ __ATOMIC_ACQUIRE
#define REL __ATOMIC_RELEASE
#ifdef RACY // everything relaxed: the same values, no order
#define st(order) __atomic_store_n(&flag, 1, R)
#define ld(order) __atomic_load_n(&flag, R)
#define fence(order) __atomic_signal_fence(__ATOMIC_SEQ_CST)
#define __atomic_fetch_add(p, v, order) __atomic_fetch_add(p, v, R)
#define __atomic_test_and_set(p, order) __atomic_test_and_set(p, R)
#else
#define st(order) __atomic_store_n(&flag, 1, order)
#define ld(order) __atomic_load_n(&flag, order)
#define fence(order) __atomic_thread_fence(order)
#endif
#ifndef THEN
#define THEN
#endif

long data;
static int flag;
static __thread volatile long sink;

__attribute__((unused)) static int failing(void) {
  int was = 7;
  __atomic_compare_exchange_n(&flag, &was, 8, 0, R, R);
  return was;
}

static void *put(void *arg) {
  data = 1;
  PUT;
  return arg;
}

static void *get(void *arg) {
  while (!(GET))
    sched_yield();
  THEN;
  sink = data;
  return arg;
}

static void *third(void *arg) {
#ifdef THIRD
  while (!__atomic_load_n(&flag, R))
    sched_yield();
  __atomic_fetch_add(&flag, 1, R);
#endif
  return arg;
}

int main(void) {
  pthread_t t;
  pthread_create(&t, NULL, third, NULL);
  run_two(put, get, NULL);
  pthread_join(t, NULL);
}
