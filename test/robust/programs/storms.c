// Thousands of signals a second, while the thread that they meet is in locks, in reports, in malloc, in a thread's
// creation and at the end.
// row: interval timer during locks | flags=-DCASE=1 | in=touch_raced
// row: interval timer during reports | flags=-DCASE=2 | in=touch_raced
// row: interval timer during malloc | flags=-DCASE=3 | in=touch_raced
// row: interval timer during thread creation | flags=-DCASE=4 | in=touch_raced
// row: interval timer at exit | flags=-DCASE=5 | in=touch_raced
// row: pthread_kill from two threads, handlers that race | flags=-DCASE=6 -DPLAIN | in=handler
// row: pthread_kill from two threads, handlers that take atomics | flags=-DCASE=6 | in=touch_raced
// row: queued signals, none is lost | flags=-DCASE=7 | in=touch_raced
// row: timers of timer_create by signal | flags=-DCASE=8 | in=touch_raced
// row: one-shot handlers | flags=-DCASE=9 | in=touch_raced
// row: handlers that order by atomics what threads do | flags=-DCASE=10 | in=touch_raced
// row: signals while processes fork | flags=-DCASE=11 | in=touch_raced
// row: a timer while threads fork and lock | flags=-DCASE=14 | in=touch_raced
// row: queued signals while a thread is long inside, none is lost | flags=-DCASE=15 | in=touch_raced
// row: masks are as without the detector | flags=-DCASE=12 | in=touch_raced
// row: a handler by signal() as X/Open has it | flags=-DCASE=13 -D_XOPEN_SOURCE=600 -U_GNU_SOURCE -U_DEFAULT_SOURCE | in=touch_raced
#ifdef _GNU_SOURCE
#define HAVE_ALL
#endif
#include "../robust.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

static int handled, plain, in_wrong_process;
static pid_t process;

static void handler(int s) {
  const int error = errno;
#if defined PLAIN && defined RACY
  plain++;
#endif
  __atomic_fetch_add(&handled, 1, __ATOMIC_ACQ_REL);
  if (s == SIGUSR1 && getpid() != process)
    __atomic_store_n(&in_wrong_process, 1, __ATOMIC_RELAXED);
  errno = error;
}

static void install(int s, int flags) {
  struct sigaction a;
  memset(&a, 0, sizeof a);
  a.sa_handler = handler;
  a.sa_flags = flags;
  MUST(!sigaction(s, &a, NULL));
}

static void tick(int microseconds) {
  const struct itimerval t = {{0, microseconds}, {0, microseconds}};
  MUST(!setitimer(ITIMER_REAL, &t, NULL));
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static long counted;
static int stop;
static pthread_t target[2];

static void *lock_loop(void *arg) {
  while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
    pthread_mutex_lock(&m);
    counted++;
    pthread_mutex_unlock(&m);
  }
  return arg;
}

#ifdef RACY
static int word[400];
#define REPORTS for (int k = 0; k < 20; k++) word[k]++;
#else
#define REPORTS
#endif
// Each line is a report of its own.
__attribute__((noinline)) static void many_reports(void) {
  REPORTS
  REPORTS
  REPORTS
  REPORTS
}
static void *report_thread(void *arg) {
  many_reports();
  return arg;
}

static void *heap_loop(void *arg) {
  unsigned seed = (unsigned)(size_t)arg;
  for (int i = 0; i < 4000; i++) {
    seed = seed * 1664525u + 1013904223u;
    const size_t n = 1 + (seed >> 8) % (i % 16 ? 300 : 100000);
    char *p = malloc(n);
    MUST(p);
    p[n - 1] = 1;
    free(p);
  }
  return NULL;
}

static void *sender(void *arg) {
  for (int i = 0; i < 2000; i++)
    pthread_kill(target[i % 2], SIGUSR1);
  return arg;
}

#if CASE == 6
static void *target_loop(void *arg) {
  heap_loop((void *)1);
  lock_loop(NULL);
  return arg;
}
#endif

#if CASE == 9
static void *until_handled(void *arg) {
  while (__atomic_load_n(&handled, __ATOMIC_ACQUIRE) == (int)(size_t)arg)
    free(malloc(100));
  return arg;
}
#endif

#if CASE == 11
static void *send_on(void *arg) {
  while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE))
    pthread_kill(target[0], SIGUSR1);
  return arg;
}
#endif

#if CASE == 14
static void *forks(void *arg) {
  for (int i = 0; i < 25; i++) {
    const pid_t child = fork();
    if (child == 0) {
      free(malloc(100));
      _exit(5);
    }
    int status;
    while (waitpid(child, &status, 0) != child)
      ;
    MUST(status == 5 << 8);
  }
  return arg;
}
#endif

#if CASE == 15
static void *queue_many(void *arg) {
  for (int i = 0; i < 3000; i++) {
    while (pthread_sigqueue(target[0], SIGRTMIN + i % 2, (union sigval){.sival_int = i}))
      MUST(errno == EAGAIN || errno == 0), usleep(100);
    if (i % 100 == 0)
      usleep(2000);
  }
  __atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
  return arg;
}
#endif

#if CASE == 7 || CASE == 15
static long got[2];
static void queued(int s, siginfo_t *info, void *context) {
  got[s == SIGRTMIN] += info->si_value.sival_int;
}
#endif

#if CASE == 10
// A thread writes, tells by an atomic; the handler, anywhere, passes that on by another one.
static int data[3000], written, passed;
static void pass_on(int s) {
  const int n = __atomic_load_n(&written, __ATOMIC_ACQUIRE);
  __atomic_store_n(&passed, n, __ATOMIC_RELEASE);
}
static void *brief(void *arg) { return arg; }
static void *creator(void *arg) {
  while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
    pthread_t t;
    MUST(!pthread_create(&t, NULL, brief, NULL));
    MUST(!pthread_join(t, NULL));
  }
  return arg;
}
static void *writer(void *arg) {
  for (int i = 0; i < 3000; i++) {
    data[i] = i;
    __atomic_store_n(&written, i + 1, __ATOMIC_RELEASE);
    if (i % 8 == 0)
      usleep(50);
  }
  return arg;
}
#endif

int main(void) {
  pthread_t a, b;
  process = getpid();
  install(SIGALRM, SA_RESTART);
  install(SIGUSR1, SA_RESTART);
#if CASE == 1
  tick(200);
  pthread_create(&a, NULL, lock_loop, NULL);
  pthread_create(&b, NULL, lock_loop, NULL);
  const double end = now() + 0.5;
  while (now() < end)
    usleep(1000);
  __atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
  pthread_join(a, NULL);
  pthread_join(b, NULL);
#elif CASE == 2
  tick(100);
  for (int i = 0; i < 10; i++)
    run_two(report_thread, report_thread, NULL);
#elif CASE == 3
  tick(200);
  run_two(heap_loop, heap_loop, (void *)7);
#elif CASE == 4
  tick(200);
  for (int i = 0; i < 100; i++)
    run_two(raced_thread, raced_thread, NULL);
#elif CASE == 5
  tick(100);
  pthread_create(&a, NULL, lock_loop, NULL);
  race_now();
  usleep(20000);
  exit(0);
#elif CASE == 6
  for (int i = 0; i < 2; i++)
    pthread_create(&target[i], NULL, target_loop, NULL);
  run_two(sender, sender, NULL);
  __atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
  for (int i = 0; i < 2; i++)
    pthread_join(target[i], NULL);
#elif CASE == 7
  struct sigaction q = {.sa_sigaction = queued, .sa_flags = SA_SIGINFO};
  sigaction(SIGRTMIN, &q, NULL);
  sigaction(SIGRTMIN + 1, &q, NULL);
  for (int i = 0; i < 3000; i++) {
    MUST(!pthread_sigqueue(pthread_self(), SIGRTMIN + i % 2, (union sigval){.sival_int = i}));
    free(malloc(10));
    pthread_mutex_lock(&m);
    pthread_mutex_unlock(&m);
  }
  MUST(got[0] == 2250000 && got[1] == 2248500);
  // The queue has no room: one comes all the same.
  pthread_kill(pthread_self(), SIGRTMIN);
#elif CASE == 8
  timer_t t[4];
  for (int i = 0; i < 4; i++) {
    struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = i % 2 ? SIGUSR1 : SIGRTMIN + 2};
    install(e.sigev_signo, SA_RESTART);
    const struct itimerspec often = {{0, 300000}, {0, 300000}};
    MUST(!timer_create(CLOCK_MONOTONIC, &e, &t[i]) && !timer_settime(t[i], 0, &often, NULL));
  }
  run_two(heap_loop, heap_loop, (void *)3);
  for (int i = 0; i < 4; i++)
    timer_delete(t[i]);
#elif CASE == 9
  for (int i = 0; i < 300; i++) {
    install(SIGUSR2, (int)SA_RESETHAND);
    const int before = __atomic_load_n(&handled, __ATOMIC_ACQUIRE);
    pthread_create(&a, NULL, until_handled, (void *)(size_t)before);
    pthread_kill(a, SIGUSR2);
    pthread_join(a, NULL);
    struct sigaction is;
    MUST(!sigaction(SIGUSR2, NULL, &is) && is.sa_handler == SIG_DFL);
    MUST(__atomic_load_n(&handled, __ATOMIC_ACQUIRE) == before + 1);
    if (i % 30 == 0)
      race_now();
  }
#elif CASE == 10
  signal(SIGALRM, pass_on);
  tick(100);
  pthread_create(&a, NULL, creator, NULL);
  pthread_create(&b, NULL, writer, NULL);
  long sum = 0;
  for (int n = 0; n < 3000;) {
    n = __atomic_load_n(&passed, __ATOMIC_ACQUIRE);
    for (int i = 0; i < n; i += 97)
      sum += data[i];
    if (__atomic_load_n(&written, __ATOMIC_RELAXED) == 3000)
      break;
  }
  tick(0);
  __atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
  pthread_join(a, NULL);
  pthread_join(b, NULL);
  MUST(sum >= 0);
#elif CASE == 11
  // Nobody sends any to the child.
  target[0] = target[1] = pthread_self();
  pthread_create(&a, NULL, heap_loop, (void *)9);
  pthread_create(&b, NULL, send_on, NULL);
  for (int i = 0; i < 150; i++) {
    const pid_t child = fork();
    if (child == 0) {
      sigset_t pending;
      sigpending(&pending);
      _exit(__atomic_load_n(&in_wrong_process, __ATOMIC_RELAXED) || sigismember(&pending, SIGUSR1));
    }
    int status;
    while (waitpid(child, &status, 0) != child)
      ;
    MUST(status == 0);
  }
  __atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
  pthread_join(a, NULL);
  pthread_join(b, NULL);
#elif CASE == 14
  tick(200);
  pthread_create(&target[0], NULL, lock_loop, NULL);
  pthread_create(&target[1], NULL, lock_loop, NULL);
  run_two(forks, forks, NULL);
  __atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
  for (int i = 0; i < 2; i++)
    pthread_join(target[i], NULL);
#elif CASE == 15
  struct sigaction q = {.sa_sigaction = queued, .sa_flags = SA_SIGINFO | SA_RESTART};
  sigaction(SIGRTMIN, &q, NULL);
  sigaction(SIGRTMIN + 1, &q, NULL);
  target[0] = pthread_self();
  pthread_create(&a, NULL, queue_many, NULL);
  while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
    enum { BYTES = 8 << 20 };
    char *p = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(p != MAP_FAILED);
    memset(p, 1, BYTES);
    munmap(p, BYTES);
  }
  pthread_join(a, NULL);
  MUST(got[0] + got[1] == 4498500);
#elif CASE == 12
  sigset_t mask;
  struct sigaction old, mine;
  memset(&mine, 0, sizeof mine);
  mine.sa_handler = handler;
  mine.sa_flags = SA_NODEFER | SA_RESTART;
  sigaddset(&mine.sa_mask, SIGUSR2);
  MUST(!sigaction(SIGUSR1, &mine, NULL) && !sigaction(SIGUSR1, NULL, &old));
  MUST(old.sa_handler == handler && sigismember(&old.sa_mask, SIGUSR2) && !sigismember(&old.sa_mask, SIGALRM));
  MUST((old.sa_flags & (SA_NODEFER | SA_RESTART | SA_SIGINFO)) == (SA_NODEFER | SA_RESTART));
  tick(100);
  heap_loop((void *)4);
  pthread_sigmask(SIG_SETMASK, NULL, &mask);
  for (int s = 1; s < 32; s++)
    MUST(!sigismember(&mask, s));
#elif CASE == 13
  MUST(signal(SIGUSR1, handler) != SIG_ERR);
  raise(SIGUSR1);
  MUST(handled == 1);
#endif
#ifdef HAVE_ALL
  const struct itimerval none = {{0, 0}, {0, 0}};
  setitimer(ITIMER_REAL, &none, NULL);
#endif
#ifndef PLAIN
  race_now();
#endif
  return 0;
}
