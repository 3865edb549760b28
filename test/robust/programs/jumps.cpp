// Control that leaves frames without returning from them; what is reported afterwards names the right functions.
// row: longjmp across 100 frames, often | flags=-DCASE=1 | in=after caller | not=jumper
// row: siglongjmp out of a handler | flags=-DCASE=2 | in=after caller | not=interrupted
// row: siglongjmp out of a handler, then malloc | flags=-DCASE=3 | in=after caller
// row: siglongjmp within a handler | flags=-DCASE=4 | in=after caller
// row: siglongjmp out of two handlers, one on top of the other | flags=-DCASE=5 | in=after caller
// row: siglongjmp out of a handler on a signal stack, of a stack that overflowed | flags=-DCASE=6 | in=after caller
// row: exceptions across 100 frames, often | flags=-DCASE=7 | in=after caller | not=thrower
// row: exceptions across threads | flags=-DCASE=8 | in=after caller
// row: an exception out of a handler | flags=-DCASE=9 -fnon-call-exceptions | in=after caller
// row: pthread_exit and cleanup across frames | flags=-DCASE=10 | in=after caller
// row: longjmp while signals come | flags=-DCASE=11 | in=after caller
// row: a tree of setjmp in many frames | flags=-DCASE=12 | in=after caller
// row: exceptions in a library that is linked statically | flags=-DCASE=7 -static-libstdc++ | in=after caller
#include <csetjmp>
#include <csignal>
#include <cstring>
#include <exception>
#include <new>
extern "C" {
#include "../robust.h"
}
#include <sys/resource.h>
#include <sys/time.h>

static int volatile zero;

__attribute__((noinline)) static void after() { touch_raced(); }
__attribute__((noinline)) static void caller() {
  after();
  asm volatile("");
}

static thread_local sigjmp_buf env;

__attribute__((noinline)) static void jumper(int n) {
  if (n == 0)
    siglongjmp(env, 1);
  jumper(n - 1);
  asm volatile("");
}
__attribute__((noinline)) static void thrower(int n) {
  if (n == 0)
    throw 1;
  thrower(n - 1);
  asm volatile("");
}

// Deeper than any handler's stack began.
__attribute__((noinline)) static void use_heap(int n) {
  volatile char room[500];
  room[n] = 1;
  if (n)
    use_heap(n - 1);
  else {
    char *volatile p = new char[100]; // else the compiler may leave both out
    delete[] p;
  }
  asm volatile("");
}

static int count;
static void handler(int s) {
#if CASE == 4
  sigjmp_buf mine;
  if (!sigsetjmp(mine, 0))
    siglongjmp(mine, 1);
#elif CASE == 5
  if (s == SIGUSR1)
    pthread_sigqueue(pthread_self(), SIGUSR2, {});
  else
    siglongjmp(env, 1);
#elif CASE == 9
  throw 1;
#else
  siglongjmp(env, 1);
#endif
}

__attribute__((noinline)) static void interrupted(int n) {
  if (n)
    interrupted(n - 1);
  else
#if CASE == 9
    raise(SIGUSR1);
#else
    pthread_sigqueue(pthread_self(), SIGUSR1, {}); // not raise(), after which the thread knows where it is
#endif
  asm volatile("");
}

__attribute__((noinline)) static int overflow(int n) {
  volatile char room[4000];
  room[n % 100] = 1;
  return overflow(n + 1) + room[0];
}

static void cleanup(void *arg) { ++*(int *)arg; }
#if CASE == 10
__attribute__((noinline)) static void leaves(int n) {
  int cleaned = 0;
  pthread_cleanup_push(cleanup, &cleaned);
  if (n)
    leaves(n - 1);
  else
    pthread_exit(nullptr);
  pthread_cleanup_pop(1);
}
struct At_end {
  ~At_end() { caller(); }
};
#endif

__attribute__((noinline)) static void tree(int n) {
  sigjmp_buf mine;
  if (n == 0)
    return;
  if (!sigsetjmp(mine, 1)) {
    tree(n - 1);
    siglongjmp(mine, 1);
  }
  sigjmp_buf outer;
  memcpy(&outer, &env, sizeof outer);
  if (!sigsetjmp(env, 1))
    jumper(3);
  memcpy(&env, &outer, sizeof outer);
  tree(n - 1);
}

static void *run(void *arg) {
#if CASE == 1
  for (int i = 0; i < 300; i++)
    if (!sigsetjmp(env, i % 2))
      jumper(100);
#elif CASE == 2 || CASE == 3 || CASE == 4 || CASE == 5 || CASE == 9
  for (int i = 0; i < 50; i++) {
#if CASE == 9
    try {
      interrupted(5);
    } catch (int) {
    }
#elif CASE == 4
    interrupted(5);
#else
    if (!sigsetjmp(env, 1))
      interrupted(5);
#endif
    use_heap(20);
  }
#elif CASE == 6
  stack_t s = {};
  s.ss_size = 65536;
  s.ss_sp = malloc(s.ss_size);
  sigaltstack(&s, nullptr);
  for (int i = 0; i < 5; i++) {
    if (!sigsetjmp(env, 1))
      overflow(0);
    use_heap(20);
  }
  s.ss_flags = SS_DISABLE;
  sigaltstack(&s, nullptr);
  free(s.ss_sp);
#elif CASE == 7
  for (int i = 0; i < 100; i++) {
    try {
      thrower(50);
    } catch (int) {
    }
  }
#elif CASE == 8
  auto *p = static_cast<std::exception_ptr *>(arg);
  try {
    std::rethrow_exception(*p);
  } catch (const std::bad_alloc &e) {
    MUST(e.what()[0]);
  }
#elif CASE == 10
  static thread_local At_end at_end;
  (void)&at_end;
  leaves(20);
#elif CASE == 11
  for (int i = 0; i < 20000; i++)
    if (!sigsetjmp(env, 0))
      jumper(i % 20);
#elif CASE == 12
  for (int i = 0; i < 20; i++)
    tree(6);
#endif
  caller();
  return nullptr;
}

static void tick(int) { __atomic_fetch_add(&count, 1, __ATOMIC_RELAXED); }

int main() {
  struct sigaction a = {};
  a.sa_handler = handler;
  a.sa_flags = SA_ONSTACK;
  sigaction(SIGUSR1, &a, nullptr);
  sigaction(SIGUSR2, &a, nullptr);
#if CASE == 6
  sigaction(SIGSEGV, &a, nullptr);
#endif
  void *arg = nullptr;
#if CASE == 8
  std::exception_ptr p = std::make_exception_ptr(std::bad_alloc());
  arg = &p;
#elif CASE == 11
  signal(SIGALRM, tick);
  const itimerval often = {{0, 200}, {0, 200}};
  setitimer(ITIMER_REAL, &often, nullptr);
#endif
  run_two(run, run, arg);
#if CASE == 11
  const itimerval never = {};
  setitimer(ITIMER_REAL, &never, nullptr);
#endif
}
