// Two threads access each word in many epochs, so that the second gets a remote cell of it. Then both leave a barrier that the
// detector cannot see, and at the same instant one renews its cell while the other's access takes it back: every pair is
// found, and found once.
// RUN: %cc -O2 -DRENEWED='__atomic_fetch_add(&w[i].i,1,__ATOMIC_RELAXED)' -DTHEN='w[i].i=2' %s -o %t && %racy %t | FileCheck %s
// RUN: %cc -O2 -DRENEWED='__atomic_fetch_add(&w[i].i,1,__ATOMIC_RELAXED)' -DTHEN='sink=w[i].i' %s -o %t && %racy %t | FileCheck %s
// RUN: %cc -O2 -DRENEWED='sink=__atomic_load_n(&w[i].i,__ATOMIC_RELAXED)' -DTHEN='w[i].i=2' %s -o %t && %racy %t | FileCheck %s
// RUN: %cc -O2 -DRENEWED='sink=w[i].i' -DTHEN='w[i].i=2' %s -o %t && %racy %t | FileCheck %s
// RUN: %cc -O2 -DRENEWED='sink=w[i].i' -DTHEN='__atomic_store_n(&w[i].i,2,__ATOMIC_RELAXED)' %s -o %t && %racy %t | FileCheck %s
// RUN: %cc -O2 -DRENEWED='sink=w[i].i' -DTHEN='w[i].c[4]=2' %s -o %t && %clean %t
// RUN: %cc -O2 -DRENEWED='__atomic_fetch_add(&w[i].i,1,__ATOMIC_RELAXED)' -DTHEN='__atomic_store_n(&w[i].i,2,__ATOMIC_RELAXED)' %s -o %t && %clean %t
// CHECK: WARNING: Redflag: data race
// CHECK: 500 words
// CHECK: {{1 data race reported, seen 499 times more|2 data races reported, seen 498 times more}}
#include "Inputs/meet.h"
#include <pthread.h>
#include <stdio.h>

enum { WORDS = 500, EPOCHS = 200 };
union word {
  long l;
  int i;
  char c[8];
} w[WORDS]; // not static, as own: the compiler must keep the stores
static int begun[WORDS], met[WORDS];
static __thread volatile int sink;
__thread int own; // a release begins an epoch
static pthread_barrier_t renewed;

static void renew_often(int i) {
  for (int k = 0; k < EPOCHS; k++) {
    RENEWED;
    __atomic_store_n(&own, k, __ATOMIC_RELEASE);
  }
}

static void *other(void *arg) {
  for (int i = 0; i < WORDS; i++) {
    renew_often(i);
    hidden_meet(&begun[i], 2);
    pthread_barrier_wait(&renewed);
    hidden_meet(&met[i], 2);
    THEN;
  }
  return arg;
}

int main(void) {
  pthread_t t;
  pthread_barrier_init(&renewed, NULL, 2);
  pthread_create(&t, NULL, other, NULL);
  for (int i = 0; i < WORDS; i++) {
    hidden_meet(&begun[i], 2);
    renew_often(i); // beside the other's
    pthread_barrier_wait(&renewed);
    hidden_meet(&met[i], 2);
    RENEWED;
  }
  pthread_join(t, NULL);
  fprintf(stderr, "500 words\n");
}
