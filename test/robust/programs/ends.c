// 64 threads at the end of the process, while reports are written.
// row: all return | flags=-DCASE=1 | in=touch_raced | runs=2
// row: all by pthread_exit, main too | flags=-DCASE=2 | in=touch_raced | runs=2
// row: exit by one, the others go on | flags=-DCASE=3 | status=4 | in=touch_raced | runs=3
// row: exit by main, the others go on | flags=-DCASE=4 | status=4 | in=touch_raced | runs=3
// row: _exit by one | flags=-DCASE=5 | status=4 | in=touch_raced | runs=3
// row: _Exit by main | flags=-DCASE=6 | status=4 | in=touch_raced | runs=3
// row: quick_exit by one | flags=-DCASE=7 | status=4 | in=touch_raced | runs=3
// row: exit_group by number | flags=-DCASE=8 | status=4 | in=touch_raced | runs=3
// row: abort by one | flags=-DCASE=9 | status=-6 | racy=-6 | in=touch_raced | runs=2
// row: detached threads that live on | flags=-DCASE=10 | status=4 | in=touch_raced | runs=2
// row: destructors of thread-specific data that race | flags=-DCASE=11 | in=destructor
// row: handlers of atexit that race with threads | flags=-DCASE=12 | status=4 | in=at_exit
// row: handlers of at_quick_exit that race with threads | flags=-DCASE=13 | status=4 | in=at_exit
// row: killed by a signal after a report | flags=-DCASE=14 | status=-9 | racy=-9 | in=touch_raced
// row: threads that begin while the process ends | flags=-DCASE=15 | status=4 | in=touch_raced | runs=3
#include "../robust.h"

#include <signal.h>
#include <sys/syscall.h>

enum { THREADS = 64 };
static int running;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static int ended; // guarded by m

// Each line is a report of its own.
static int word[8];
__attribute__((noinline)) static void reports(void) {
#ifdef RACY
  word[0]++;
  word[1]++;
  word[2]++;
  word[3]++;
  word[4]++;
  word[5]++;
#endif
  touch_raced();
}

static void *ends(void *arg) {
  reports();
  free(malloc(5000));
  pthread_mutex_lock(&m);
  ended++;
  pthread_mutex_unlock(&m);
#if CASE == 2
  pthread_exit(NULL);
#endif
  return arg;
}

static void *goes_on(void *arg) {
  __atomic_fetch_add(&running, 1, __ATOMIC_ACQ_REL);
  for (;;) {
    reports();
    free(malloc(5000));
    pthread_mutex_lock(&m);
    ended++;
    pthread_mutex_unlock(&m);
    usleep(100);
  }
}

// What a racy program has reported when it ends is what it ran into before.
static void await_all(void) {
  while (__atomic_load_n(&running, __ATOMIC_ACQUIRE) < THREADS)
    usleep(1000);
}

static void *ends_process(void *arg) {
  await_all();
#if CASE == 3
  exit(4);
#elif CASE == 5
  _exit(4);
#elif CASE == 7
  quick_exit(4);
#elif CASE == 8
  syscall(SYS_exit_group, 4);
#elif CASE == 9
  abort();
#endif
  return arg;
}

static pthread_key_t key;
static int by_destructors;
__attribute__((noinline)) static void destructor(void *p) {
#ifndef RACY
  pthread_mutex_lock(&m);
#endif
  by_destructors++;
#ifndef RACY
  pthread_mutex_unlock(&m);
#endif
  free(p);
}
static void *with_key(void *arg) {
  pthread_setspecific(key, malloc(10));
  return arg;
}

static int at_end;
__attribute__((noinline)) static void at_exit(void) {
#ifndef RACY
  pthread_mutex_lock(&m);
#endif
  at_end++;
#ifndef RACY
  pthread_mutex_unlock(&m);
#endif
}
static void *changes_at_end(void *arg) {
#ifndef RACY
  pthread_mutex_lock(&m);
#endif
  at_end++;
#ifndef RACY
  pthread_mutex_unlock(&m);
#endif
  step();
  for (;;)
    pause();
}

static void *begins_more(void *arg) {
  __atomic_fetch_add(&running, 1, __ATOMIC_ACQ_REL);
  for (;;) {
    pthread_t t;
    if (pthread_create(&t, NULL, ends, NULL) == 0)
      pthread_join(t, NULL);
  }
}

int main(void) {
  pthread_t id[THREADS];
#if CASE == 1 || CASE == 2
  for (int i = 0; i < THREADS; i++)
    MUST(!pthread_create(&id[i], NULL, ends, NULL));
#if CASE == 2
  for (int i = 0; i < THREADS; i++)
    pthread_detach(id[i]);
  pthread_exit(NULL);
#endif
  for (int i = 0; i < THREADS; i++)
    MUST(!pthread_join(id[i], NULL));
  MUST(ended == THREADS);
  return 0;
#elif CASE == 11
  pthread_key_create(&key, destructor);
  for (int i = 0; i < THREADS; i++)
    MUST(!pthread_create(&id[i], NULL, with_key, NULL));
  for (int i = 0; i < THREADS; i++)
    MUST(!pthread_join(id[i], NULL));
  return 0;
#elif CASE == 12 || CASE == 13
#if CASE == 12
  atexit(at_exit);
#else
  at_quick_exit(at_exit);
#endif
  MUST(!pthread_create(&id[0], NULL, changes_at_end, NULL));
  await_step(1);
#if CASE == 12
  exit(4);
#else
  quick_exit(4);
#endif
#elif CASE == 14
  race_now();
  raise(SIGKILL);
#else
  pthread_attr_t attr;
  pthread_attr_init(&attr);
#if CASE == 10
  pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
#endif
  for (int i = 0; i < THREADS; i++)
    MUST(!pthread_create(&id[i], &attr, CASE == 15 ? begins_more : goes_on, NULL));
  pthread_t last;
#if CASE == 4 || CASE == 6 || CASE == 10 || CASE == 15
  await_all();
#if CASE == 6
  _Exit(4);
#else
  exit(4);
#endif
#else
  MUST(!pthread_create(&last, NULL, ends_process, NULL));
  for (;;)
    pause();
#endif
#endif
}
