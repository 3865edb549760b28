// Two threads leave a barrier that the detector cannot see and touch the same fresh word at the same
// instant, 2,000 times: every pair is found, whatever the sizes and kinds.
// RUN: %cc -O2 -DFIRST='w[i].i=1' -DSECOND='w[i].i=2' %s -o %t && %racy %t | FileCheck %s
// RUN: %cc -O2 -DFIRST='w[i].i=1' -DSECOND='sink=w[i].i' %s -o %t && %racy %t | FileCheck %s
// RUN: %cc -O2 -DFIRST='w[i].l=1' -DSECOND='w[i].c[3]=2' %s -o %t && %racy %t | FileCheck %s
// RUN: %cc -O2 -DFIRST='w[i].s[1]=1' -DSECOND='sink=(int)w[i].l' %s -o %t && %racy %t | FileCheck %s
// RUN: %cc -O2 -DFIRST='__atomic_store_n(&w[i].i,1,__ATOMIC_RELAXED)' -DSECOND='w[i].i=2' %s -o %t && %racy %t | FileCheck %s
// RUN: %cc -O2 -DFIRST='__atomic_store_n(&w[i].i,1,__ATOMIC_RELAXED)' -DSECOND='sink=w[i].i' %s -o %t && %racy %t | FileCheck %s
// RUN: %cc -O2 -DFIRST='sink=__atomic_load_n(&w[i].i,__ATOMIC_RELAXED)' -DSECOND='w[i].i=2' %s -o %t && %racy %t | FileCheck %s
// RUN: %cc -O2 -DFIRST='w[i].c[2]=1' -DSECOND='w[i].c[3]=2' %s -o %t && %clean %t
// RUN: %cc -O2 -DFIRST='__atomic_store_n(&w[i].i,1,__ATOMIC_RELAXED)' -DSECOND='__atomic_fetch_add(&w[i].i,2,__ATOMIC_RELAXED)' %s -o %t && %clean %t
// Each word in a block of its own: two threads claim the block at the same instant, and one comes to share it.
// RUN: %cc -O2 -DSPREAD=65536 -DFIRST='w[i].i=1' -DSECOND='w[i].i=2' %s -o %t && %racy %t | FileCheck %s
// RUN: %cc -O2 -DSPREAD=65536 -DFIRST='w[i].i=1;w[i].c[200]=2;w[i].c[300]=3' -DSECOND='w[i].c[2000]=9;sink=w[i].i' %s -o %t && %racy %t | FileCheck %s
// CHECK: WARNING: Redflag: data race
// Which of the two comes first makes one report or its mirror image; together they are seen 2,000 times.
// CHECK: 2000 words
// CHECK: {{1 data race reported, seen 1999 times more|2 data races reported, seen 1998 times more}}
#include "Inputs/meet.h"
#include <pthread.h>
#include <stdio.h>

#ifndef SPREAD
#define SPREAD 8
#endif
enum { WORDS = 2000 };
union word {
  long l;
  int i;
  short s[4];
  char c[SPREAD];
} w[WORDS]; // not static: the compiler must keep the stores
static int met[WORDS];
static __thread volatile int sink;

static void *other(void *arg) {
  for (int i = 0; i < WORDS; i++) {
    hidden_meet(&met[i], 2);
    SECOND;
  }
  return arg;
}

int main(void) {
  pthread_t t;
  pthread_create(&t, NULL, other, NULL);
  for (int i = 0; i < WORDS; i++) {
    hidden_meet(&met[i], 2);
    FIRST;
  }
  pthread_join(t, NULL);
  fprintf(stderr, "2000 words\n");
}
