// Stacks that leave little room, and stacks that are deep.
// row: threads with the smallest stack | flags=-DCASE=1 | in=touch_raced
// row: threads with stacks of 16 to 32 KiB, called deeply | flags=-DCASE=2 | in=touch_raced down
// row: a race in a handler on the smallest signal stack | flags=-DCASE=3 | in=handler
// row: a handler on a signal stack while its thread has used its own up | flags=-DCASE=4 | in=handler
// row: 150,000 frames, the race below them | flags=-DCASE=5 | in=deep
// row: 4,000,000 frames on a stack of 1 GiB | flags=-DCASE=6 | in=deep | says=a stack has more than a million calls
// row: recursion by many paths | flags=-DCASE=7 | in=turn right
// row: alloca and arrays of variable length | flags=-DCASE=8 | in=touch_raced with_room
// row: main's stack grows beyond the limit it began with | flags=-DCASE=9 | in=deep | under=ulimit -S -s 8192; exec
// row: a program that begins with a stack without limit | flags=-DCASE=5 | in=deep | under=ulimit -s unlimited; exec
// row: a program that begins with a stack of 256 KiB | flags=-DCASE=1 | in=touch_raced | under=ulimit -s 256; exec
#include "../robust.h"

#include <alloca.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

static volatile int never;

static void run_with_stack(void *(*f)(void *), size_t bytes, int n) {
  pthread_attr_t attr;
  pthread_t id[8];
  MUST(!pthread_attr_init(&attr));
  MUST(!pthread_attr_setstacksize(&attr, bytes));
  for (int i = 0; i < n; i++)
    MUST(!pthread_create(&id[i], &attr, f, NULL));
  for (int i = 0; i < n; i++)
    MUST(!pthread_join(id[i], NULL));
}

#if CASE == 2
__attribute__((noinline)) static void down(int n) {
  volatile char room[64];
  room[n] = 1;
  if (n)
    down(n - 1);
  else
    touch_raced();
  room[0]++;
}
static void *work(void *arg) {
  down(30);
  return arg;
}
int main(void) {
  for (size_t kib = 16; kib <= 32; kib += 4)
    run_with_stack(work, kib << 10, 4);
}

#elif CASE == 3 || CASE == 4
static int in_handler;
static void handler(int s) {
#ifdef RACY
  in_handler += s;
#else
  __atomic_fetch_add(&in_handler, s, __ATOMIC_RELAXED);
#endif
}
static void *work(void *arg) {
  const size_t size = (size_t)sysconf(_SC_MINSIGSTKSZ) + (CASE == 3 ? 0 : 8192);
  // The page below says whether more was used.
  char *p = mmap(NULL, 4096 + size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  MUST(p != MAP_FAILED);
  const stack_t s = {.ss_sp = p + 4096, .ss_size = size};
  MUST(!sigaltstack(&s, NULL));
  memset(p, 0x5a, 4096);
#if CASE == 4
  // Down to where the kernel would find no room for a signal's frame.
  pthread_attr_t attr;
  void *low;
  size_t bytes;
  MUST(!pthread_getattr_np(pthread_self(), &attr) && !pthread_attr_getstack(&attr, &low, &bytes));
  char here;
  const size_t left = (size_t)(&here - (char *)low);
  volatile char *all = alloca(left - 12000);
  all[0] = 1;
#endif
  for (int i = 0; i < 20; i++)
    MUST(!pthread_kill(pthread_self(), SIGUSR1));
  for (int i = 0; i < 4096; i++)
    MUST(p[i] == 0x5a);
  return arg;
}
int main(void) {
  struct sigaction a = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
  sigaction(SIGUSR1, &a, NULL);
  run_with_stack(work, 256 << 10, 4);
}

#elif CASE == 5 || CASE == 6 || CASE == 9
static int depth;
__attribute__((noinline)) static int deep(int n) {
  if (n == 0) {
    touch_raced();
    return 0;
  }
  return deep(n - 1) + (never < 0); // no tail call
}
static void *work(void *arg) {
  deep(depth);
  return arg;
}
int main(void) {
#if CASE == 5
  depth = 150000;
  pthread_t t;
  pthread_create(&t, NULL, raced_thread, NULL);
  deep(depth);
  pthread_join(t, NULL);
#elif CASE == 6
  depth = 4000000;
  run_with_stack(work, (size_t)1 << 30, 2);
#else
  const struct rlimit l = {(rlim_t)64 << 20, RLIM_INFINITY};
  depth = 1000000;
  MUST(!setrlimit(RLIMIT_STACK, &l));
  pthread_t t;
  pthread_create(&t, NULL, raced_thread, NULL);
  deep(depth);
  pthread_join(t, NULL);
#endif
}

#elif CASE == 7
static int left(int n, unsigned path), right(int n, unsigned path);
__attribute__((noinline)) static int turn(int n, unsigned path) {
  if (n == 0) {
    touch_raced();
    return 0;
  }
  return path & 1 ? left(n - 1, path >> 1) : right(n - 1, path >> 1);
}
__attribute__((noinline)) static int left(int n, unsigned path) { return turn(n, path) + (never < 0); }
__attribute__((noinline)) static int right(int n, unsigned path) { return turn(n, path) - (never < 0); }
static void *work(void *arg) {
  for (unsigned path = 0; path < 1 << 15; path++)
    turn(15, path);
  return arg;
}
int main(void) { run_with_stack(work, 1 << 20, 2); }

#elif CASE == 8
__attribute__((noinline)) static int with_room(int n) {
  int list[n];
  char *more = alloca((size_t)n);
  for (int i = 0; i < n; i++)
    list[i] = i, more[i] = (char)i;
  touch_raced();
  int sum = n > 1 ? with_room(n - 1) : 0;
  for (int i = 0; i < n; i++)
    sum += list[i] + more[i];
  return sum;
}
static void *work(void *arg) {
  MUST(with_room(200));
  return arg;
}
int main(void) { run_with_stack(work, 2 << 20, 3); }

#else
int main(void) {
  for (int i = 0; i < 10; i++)
    run_with_stack(raced_thread, PTHREAD_STACK_MIN, 4);
}
#endif
