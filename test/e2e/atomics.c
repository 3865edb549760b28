// C11 atomics: which orders publish, which do not, with fences and release sequences.
// RUN: for p in REL_ACQ SEQ_CST FENCES RMW_CHAIN CONSUME CAS_OK SAME_THREAD_RELAXED; do \
// RUN:   %cc -O2 -D$p %s -o %t && %clean -n 5 %t || exit 1; done
// RUN: for p in RELAXED REL_RELAXED RELAXED_ACQ BROKEN_SEQUENCE CAS_FAILED_RELAXED FENCE_ONE_SIDE PLAIN_FLAG MIXED; do \
// RUN:   %cc -O2 -D$p %s -o %t && %racy %t | FileCheck %s || exit 1; done
// CHECK: WARNING: Redflag: data race
// CHECK: SUMMARY: Redflag: data race {{.*}}atomics.c:
#include "Inputs/meet.h"
#include <pthread.h>
#include <stdatomic.h>

static int data, turn;
static atomic_int flag;
static int plain_flag;

#define STORE(o) atomic_store_explicit(&flag, 1, memory_order_##o)
#define LOAD(o) atomic_load_explicit(&flag, memory_order_##o)

static void publish(void) {
  data = 42;
#if defined(REL_ACQ) || defined(REL_RELAXED) || defined(RMW_CHAIN) || defined(CONSUME) || defined(BROKEN_SEQUENCE) ||  \
    defined(CAS_OK) || defined(CAS_FAILED_RELAXED)
  STORE(release);
#elif defined(SAME_THREAD_RELAXED)
  STORE(release);
  atomic_store_explicit(&flag, 2, memory_order_relaxed);
#elif defined(SEQ_CST)
  flag = 1;
#elif defined(FENCES)
  atomic_thread_fence(memory_order_release);
  STORE(relaxed);
#elif defined(FENCE_ONE_SIDE)
  atomic_thread_fence(memory_order_release);
  STORE(relaxed);
#elif defined(PLAIN_FLAG)
  plain_flag = 1;
#elif defined(MIXED)
  flag = 1;
#else
  STORE(relaxed);
#endif
}

static void *middle(void *arg) {
  hidden_wait(&turn, 1);
#if defined(RMW_CHAIN) // a read-modify-write continues the release sequence, in whatever order
  atomic_fetch_add_explicit(&flag, 1, memory_order_relaxed);
#elif defined(BROKEN_SEQUENCE) // a store by another thread ends it
  STORE(relaxed);
#endif
  hidden_add(&turn);
  return arg;
}

static int receive(void) {
  int seen, expected = 77;
  (void)expected;
#if defined(REL_ACQ) || defined(RELAXED_ACQ) || defined(RMW_CHAIN) || defined(BROKEN_SEQUENCE) || defined(SAME_THREAD_RELAXED)
  seen = LOAD(acquire);
#elif defined(CONSUME)
  seen = LOAD(consume);
#elif defined(SEQ_CST)
  seen = flag;
#elif defined(FENCES)
  seen = LOAD(relaxed);
  atomic_thread_fence(memory_order_acquire);
#elif defined(CAS_OK)
  expected = 1;
  seen = atomic_compare_exchange_strong_explicit(&flag, &expected, 3, memory_order_acquire, memory_order_relaxed);
#elif defined(CAS_FAILED_RELAXED) // it fails, and its failure order acquires nothing
  seen = !atomic_compare_exchange_strong_explicit(&flag, &expected, 3, memory_order_acq_rel, memory_order_relaxed);
#elif defined(PLAIN_FLAG)
  seen = plain_flag;
#elif defined(MIXED) // reading the atomic plainly races with its store
  seen = *(volatile int *)&flag;
#else
  seen = LOAD(relaxed);
#endif
  return seen ? data : 0;
}

static void *reader(void *arg) {
  hidden_wait(&turn, 2);
  return receive() == 42 ? arg : (void *)1;
}

int main(void) {
  pthread_t a, b;
  void *wrong;
  pthread_create(&a, NULL, middle, NULL);
  pthread_create(&b, NULL, reader, NULL);
  publish();
  hidden_add(&turn);
  pthread_join(a, NULL);
  pthread_join(b, &wrong);
  return wrong != NULL;
}
