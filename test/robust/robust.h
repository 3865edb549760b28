// What the programs share: the race of a racy program, which its clean twin does under a lock, so that each can tell
// the verdict after whatever was done to it.
#ifndef ROBUST_H
#define ROBUST_H

#include "../compare/rows/row.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int raced;
static pthread_mutex_t raced_lock = PTHREAD_MUTEX_INITIALIZER;

__attribute__((noinline)) static void touch_raced(void) {
#ifndef RACY
  pthread_mutex_lock(&raced_lock);
#endif
  raced++;
#ifndef RACY
  pthread_mutex_unlock(&raced_lock);
#endif
}

static void *raced_thread(void *arg) {
  touch_raced();
  return arg;
}

// A program that cannot go on says where; 3 is no status of the detector's. Threads may be left behind.
#define GIVE_UP() (fprintf(stderr, "gave up at line %d: errno %d\n", __LINE__, errno), _exit(3))
#define MUST(what) ((what) ? (void)0 : GIVE_UP())

__attribute__((noinline, unused)) static void race_now(void) {
  pthread_t a, b;
  MUST(!pthread_create(&a, NULL, raced_thread, NULL));
  MUST(!pthread_create(&b, NULL, raced_thread, NULL));
  MUST(!pthread_join(a, NULL));
  MUST(!pthread_join(b, NULL));
}

#endif
