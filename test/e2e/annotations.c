// Dynamic annotations: each silences what it should. Every case races when it is left out.
// RUN: %cc -g -O1 %s -o %t && %cc -g -O1 -DWITHOUT %s -o %t.without
// RUN: for c in edge wtf cond queue lock reader ignore-reads ignore-writes benign sized publish new release-acquire tsan-mutex disabled header header-lock header-ignore header-benign; do %clean %t $c || exit 1; %racy %t.without $c > /dev/null || exit 1; done
// What they must not silence.
// RUN: for c in sized-beyond sync-ignored two-readers wrong-lock; do %racy %t $c > /dev/null || exit 1; done
// RUN: %racy %t named | FileCheck %s
// CHECK: write by thread 2 `a worker`
// The header's words are nothing without the wrapper.
// RUN: clang-19 -Wall -Werror -I %S/../../runtime/include -DHEADER_ALONE %s -o %t.plain && %t.plain
#include <redflag/annotate.h>
#ifdef HEADER_ALONE
int main(void) {
  int x;
  redflag_release(&x), redflag_acquire(&x), redflag_lock_acquired(&x, 1), redflag_lock_released(&x, 1);
  redflag_ignore_begin(), redflag_ignore_end(), redflag_benign_race(&x, sizeof x), redflag_new_memory(&x, sizeof x);
  redflag_thread_name("x");
  return 0;
}
#else
#include "Inputs/meet.h"
#include <pthread.h>
#include <sanitizer/tsan_interface.h>
#include <stddef.h>
#include <string.h>

#define DECLARE(name, ...) void Annotate##name(const char *file, int line, ##__VA_ARGS__)
DECLARE(HappensBefore, const volatile void *p);
DECLARE(HappensAfter, const volatile void *p);
void WTFAnnotateHappensBefore(const char *, int, const volatile void *);
void WTFAnnotateHappensAfter(const char *, int, const volatile void *);
DECLARE(CondVarSignal, const volatile void *p);
DECLARE(CondVarWait, const volatile void *p, const volatile void *lock);
DECLARE(PCQPut, const volatile void *p);
DECLARE(PCQGet, const volatile void *p);
DECLARE(RWLockAcquired, const volatile void *p, long w);
DECLARE(RWLockReleased, const volatile void *p, long w);
DECLARE(IgnoreReadsBegin);
DECLARE(IgnoreReadsEnd);
DECLARE(IgnoreWritesBegin);
DECLARE(IgnoreWritesEnd);
DECLARE(IgnoreSyncBegin);
DECLARE(IgnoreSyncEnd);
DECLARE(BenignRace, const volatile void *p, const char *why);
DECLARE(BenignRaceSized, const volatile void *p, size_t n, const char *why);
DECLARE(PublishMemoryRange, const volatile void *p, size_t n);
DECLARE(NewMemory, const volatile void *p, size_t n);
DECLARE(EnableRaceDetection, int on);
DECLARE(ThreadName, const char *name);

#ifdef WITHOUT
#define SAY(call) ((void)0)
#else
#define SAY(call) call
#endif
#define A(name, ...) SAY(Annotate##name(__FILE__, __LINE__, ##__VA_ARGS__))

int shared[4], object, other;
static int turn;
static const char *what;
static int is(const char *name) { return !strcmp(what, name); }

static void *first(void *arg) {
  if (is("lock") || is("wrong-lock"))
    A(RWLockAcquired, &object, 1);
  if (is("two-readers"))
    A(RWLockAcquired, &object, 0);
  if (is("header-lock"))
    SAY(redflag_lock_acquired(&object, 1));
  if (is("tsan-mutex"))
    SAY((__tsan_mutex_pre_lock(&object, 0), __tsan_mutex_post_lock(&object, 0, 1)));
  if (is("named"))
    A(ThreadName, "a worker");
  if (is("sized-beyond"))
    shared[2] = 1;
  else
    shared[1] = 1;
  if (is("edge") || is("sync-ignored"))
    A(HappensBefore, &object);
  if (is("wtf"))
    SAY(WTFAnnotateHappensBefore(__FILE__, __LINE__, &object));
  if (is("cond"))
    A(CondVarSignal, &object);
  if (is("queue"))
    A(PCQPut, &object);
  if (is("lock") || is("wrong-lock"))
    A(RWLockReleased, &object, 1);
  if (is("two-readers"))
    A(RWLockReleased, &object, 0);
  if (is("reader")) { // a writer before, a reader after
    A(RWLockAcquired, &object, 1);
    A(RWLockReleased, &object, 1);
  }
  if (is("release-acquire"))
    SAY(__tsan_release(&object));
  if (is("tsan-mutex"))
    SAY((__tsan_mutex_pre_unlock(&object, 0), __tsan_mutex_post_unlock(&object, 0)));
  if (is("header"))
    SAY(redflag_release(&object));
  if (is("header-lock"))
    SAY(redflag_lock_released(&object, 1));
  if (is("publish"))
    A(PublishMemoryRange, shared, sizeof shared);
  hidden_add(&turn);
  return arg;
}

static void second(void) {
  if (is("edge"))
    A(HappensAfter, &object);
  if (is("sync-ignored")) {
    A(IgnoreSyncBegin);
    A(HappensAfter, &object);
    A(IgnoreSyncEnd);
  }
  if (is("wtf"))
    SAY(WTFAnnotateHappensAfter(__FILE__, __LINE__, &object));
  if (is("cond"))
    A(CondVarWait, &object, &other);
  if (is("queue"))
    A(PCQGet, &object);
  if (is("lock"))
    A(RWLockAcquired, &object, 1);
  if (is("wrong-lock"))
    A(RWLockAcquired, &other, 1);
  if (is("reader") || is("two-readers"))
    A(RWLockAcquired, &object, 0);
  if (is("ignore-reads"))
    A(IgnoreReadsBegin);
  if (is("ignore-writes"))
    A(IgnoreWritesBegin);
  if (is("release-acquire"))
    SAY(__tsan_acquire(&object));
  if (is("tsan-mutex"))
    SAY((__tsan_mutex_pre_lock(&object, 0), __tsan_mutex_post_lock(&object, 0, 1)));
  if (is("header"))
    SAY(redflag_acquire(&object));
  if (is("header-lock"))
    SAY(redflag_lock_acquired(&object, 1));
  if (is("header-ignore"))
    SAY(redflag_ignore_begin());
  if (is("new"))
    A(NewMemory, shared, sizeof shared);
  if (is("ignore-reads"))
    other += shared[1];
  else
    memset(shared, 2, sizeof shared);
  if (is("ignore-reads"))
    A(IgnoreReadsEnd);
  if (is("ignore-writes"))
    A(IgnoreWritesEnd);
  if (is("header-ignore"))
    SAY(redflag_ignore_end());
}

int main(int argc, char **argv) {
  pthread_t t;
  what = argc > 1 ? argv[1] : "";
  if (is("benign"))
    A(BenignRace, &shared[1], "meant");
  if (is("sized") || is("sized-beyond"))
    A(BenignRaceSized, &shared[1], 4, "meant");
  if (is("header-benign"))
    SAY(redflag_benign_race(&shared[1], 4));
  if (is("disabled"))
    A(EnableRaceDetection, 0);
  pthread_create(&t, NULL, first, NULL);
  hidden_wait(&turn, 1);
  second();
  pthread_join(t, NULL);
  return 0;
}
#endif
