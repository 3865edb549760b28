// Coroutines: makecontext, swapcontext, setcontext and getcontext, and stacks that are switched by longjmp.
// row: two coroutines in turn | flags=-DCASE=1 | in=touch_raced yields_inside coroutine | not=scheduler
// row: a thousand coroutines, stacks from malloc that come again | flags=-DCASE=2 | in=touch_raced coroutine
// row: coroutines that move between threads | flags=-DCASE=3 | in=touch_raced yields_inside
// row: coroutines that end into their successor | flags=-DCASE=4 | in=touch_raced after
// row: getcontext and setcontext as a loop | flags=-DCASE=5 | in=touch_raced after
// row: arguments arrive | flags=-DCASE=6 | in=touch_raced with_arguments
// row: made by makecontext, switched by siglongjmp | flags=-DCASE=7 | in=touch_raced yields_inside
// row: switched in a signal handler, by a timer | flags=-DCASE=8 | in=touch_raced
// row: deep recursion in a coroutine | flags=-DCASE=9 | in=touch_raced deep
// row: coroutines that never end, their stacks unmapped | flags=-DCASE=10 | in=touch_raced
// row: fork in a coroutine | flags=-DCASE=11 | in=touch_raced
// row: pthread_exit in a coroutine | flags=-DCASE=12 | in=touch_raced
// row: stack made by a handler on a signal stack, switched by siglongjmp | flags=-DCASE=13 | in=touch_raced
#include "../robust.h"

#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <ucontext.h>

enum { STACK = 64 << 10 };
static volatile int never;

__attribute__((noinline)) static void after(void) {
  touch_raced();
  __asm__ volatile("");
}

static void make(ucontext_t *c, void *stack, ucontext_t *link, void (*f)(void)) {
  MUST(!getcontext(c));
  c->uc_stack.ss_sp = stack;
  c->uc_stack.ss_size = STACK;
  c->uc_link = link;
  makecontext(c, f, 0);
}

#if CASE == 1 || CASE == 3 || CASE == 11 || CASE == 12
static __thread ucontext_t *me, *scheduler_context;
static int turns;

__attribute__((noinline)) static ucontext_t *mine(void) { return me; }
__attribute__((noinline)) static ucontext_t *back(void) { return scheduler_context; }

__attribute__((noinline)) static void yield(void) { MUST(!swapcontext(mine(), back())); }
__attribute__((noinline)) static void yields_inside(int n) {
  if (n)
    yields_inside(n - 1);
  else
    yield();
  touch_raced();
}
static void coroutine(void) {
#if CASE == 11
  pthread_mutex_lock(&raced_lock);
  const pid_t child = fork();
  pthread_mutex_unlock(&raced_lock);
  if (child == 0) {
    yields_inside(2);
    exit(5);
  }
  int status;
  MUST(waitpid(child, &status, 0) == child && (WEXITSTATUS(status) == 5 || WEXITSTATUS(status) == 66));
#endif
  for (int i = 0; i < 5; i++)
    yields_inside(3);
#if CASE == 12
  pthread_exit(NULL);
#endif
}
__attribute__((noinline)) static void resume(ucontext_t *c, ucontext_t *own) {
  me = c;
  scheduler_context = own;
  MUST(!swapcontext(own, c));
  __asm__ volatile("");
}
#endif

#if CASE == 1 || CASE == 11 || CASE == 12
__attribute__((noinline)) static void scheduler(void) {
  ucontext_t a, b, own;
  char *stack = malloc(2 * STACK);
  make(&a, stack, &own, coroutine);
  make(&b, stack + STACK, &own, coroutine);
  for (int i = 0; i < 6; i++) {
    resume(&a, &own);
    resume(&b, &own);
  }
  free(stack);
}
static void *run(void *arg) {
  scheduler();
  return arg;
}

#elif CASE == 2
static __thread ucontext_t own, c;
__attribute__((noinline)) static ucontext_t *of_own(void) { return &own; }
__attribute__((noinline)) static ucontext_t *of_c(void) { return &c; }
static void coroutine(void) {
  char room[1000];
  memset(room, 1, sizeof room);
  MUST(!swapcontext(of_c(), of_own()));
  touch_raced();
  __asm__ volatile("" : : "r"(room) : "memory");
}
static void *run(void *arg) {
  for (int i = 0; i < 1000; i++) {
    char *stack = malloc(STACK);
    make(of_c(), stack, of_own(), coroutine);
    MUST(!swapcontext(of_own(), of_c()));
    if (i % 3) // else it is never ended
      MUST(!swapcontext(of_own(), of_c()));
    free(stack);
  }
  return arg;
}

#elif CASE == 3
// A queue of coroutines; whichever thread takes one lets it run to its next yield.
enum { COROUTINES = 8 };
static struct {
  ucontext_t c;
  int left;
} job[COROUTINES];
static int first, last, queue[4096], unfinished = COROUTINES; // guarded by m
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;

static int meeting;

static void *run(void *arg) {
  ucontext_t own;
  int met = 0;
  for (int done = 0; !done;) {
    pthread_mutex_lock(&m);
    const int k = first < last ? queue[first++] : -1;
    done = !unfinished;
    pthread_mutex_unlock(&m);
    if (k < 0) {
      usleep(100);
      continue;
    }
    if (met < 8) // side by side until each has been resumed twice
      hidden_meet(&meeting, 2 * ++met);
    job[k].c.uc_link = &own;
    resume(&job[k].c, &own);
    pthread_mutex_lock(&m);
    if (--job[k].left)
      queue[last++] = k;
    else
      unfinished--;
    pthread_mutex_unlock(&m);
  }
  return arg;
}

#elif CASE == 4
static __thread ucontext_t chain[5], own;
static __thread int at;
__attribute__((noinline)) static ucontext_t *link_of(int i) { return i < 5 ? &chain[i] : &own; }
static void coroutine(void) {
  at++;
  after();
}
static void *run(void *arg) {
  char *stack = malloc(5 * STACK);
  for (int i = 0; i < 5; i++)
    make(link_of(i), stack + i * STACK, link_of(i + 1), coroutine);
  MUST(!swapcontext(link_of(9), link_of(0)));
  MUST(at == 5);
  after();
  free(stack);
  return arg;
}

#elif CASE == 5
__attribute__((noinline)) static void jump(int n, ucontext_t *c) {
  if (n)
    jump(n - 1, c);
  else
    setcontext(c);
  __asm__ volatile("");
}
static void *run(void *arg) {
  ucontext_t c;
  volatile int i = 0;
  MUST(!getcontext(&c));
  if (i++ < 50)
    jump(10, &c);
  after();
  return arg;
}

#elif CASE == 6
static __thread ucontext_t own, c;
static __thread int sum;
__attribute__((noinline)) static void with_arguments(int a, int b, int d, int e, int f, int g, int h, int i, int j) {
  sum = a + 10 * b + 100 * d + 1000 * e + 10000 * f + 100000 * g + 1000000 * h + 10000000 * i + 100000000 * j;
  double aligned[2] __attribute__((aligned(16))) = {a, b};
  __asm__ volatile("movaps %0, %%xmm0" : : "m"(*(double(*)[2])aligned) : "xmm0");
  touch_raced();
}
static void *run(void *arg) {
  char *stack = malloc(STACK);
  make(&c, stack, &own, NULL);
  makecontext(&c, (void (*)(void))with_arguments, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9);
  MUST(!swapcontext(&own, &c));
  MUST(sum == 987654321);
  free(stack);
  return arg;
}

#elif CASE == 7
static __thread sigjmp_buf here, there;
static __thread ucontext_t own, c;
__attribute__((noinline)) static sigjmp_buf *of_here(void) { return &here; }
__attribute__((noinline)) static sigjmp_buf *of_there(void) { return &there; }
__attribute__((noinline)) static void yields_inside(int n) {
  if (n)
    yields_inside(n - 1);
  else if (!sigsetjmp(*of_there(), 0))
    siglongjmp(*of_here(), 1);
  touch_raced();
}
static void coroutine(void) {
  for (;;)
    yields_inside(4);
}
__attribute__((noinline)) static void resume(void) {
  if (!sigsetjmp(*of_here(), 0))
    siglongjmp(*of_there(), 1);
}
static void *run(void *arg) {
  char *stack = malloc(STACK);
  make(&c, stack, NULL, coroutine);
  if (!sigsetjmp(*of_here(), 0))
    swapcontext(&own, &c);
  for (int i = 0; i < 100; i++)
    resume();
  free(stack);
  return arg;
}

#elif CASE == 8
static ucontext_t own, c[2];
static volatile int current, over;
static long counted;
static void preempt(int s) {
  const int from = current;
  current = !from;
  swapcontext(&c[from], &c[!from]);
}
static void coroutine(void) {
  for (int i = 0; i < 300000; i++)
    free(i % 64 ? NULL : malloc(100)), counted++;
  over = 1;
  setcontext(&own);
}
static void *run(void *arg) {
  for (int i = 0; i < 3000; i++)
    after();
  return arg;
}

#elif CASE == 9
static __thread ucontext_t own, c;
__attribute__((noinline)) static int deep(int n) {
  if (n == 0)
    touch_raced();
  return n ? deep(n - 1) + (never < 0) : 0;
}
static void coroutine(void) { deep(700); }
static void *run(void *arg) {
  char *stack = malloc(STACK);
  for (int i = 0; i < 50; i++) {
    make(&c, stack, &own, coroutine);
    MUST(!swapcontext(&own, &c));
  }
  free(stack);
  return arg;
}

#elif CASE == 10
static __thread ucontext_t own, c;
static void coroutine(void) {
  touch_raced();
  MUST(!swapcontext(&c, &own));
}
static void *run(void *arg) {
  for (int i = 0; i < 300; i++) {
    char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(stack != MAP_FAILED);
    make(&c, stack, &own, coroutine);
    MUST(!swapcontext(&own, &c));
    MUST(!munmap(stack, STACK));
  }
  return arg;
}

#elif CASE == 13
static __thread sigjmp_buf here, there;
static void on_new_stack(int s) {
  if (!sigsetjmp(there, 0))
    return;
  for (int i = 0;; i++) {
    touch_raced();
    if (!sigsetjmp(there, 0))
      siglongjmp(here, 1);
  }
}
static void *run(void *arg) {
  stack_t s = {.ss_sp = malloc(STACK), .ss_size = STACK};
  MUST(!sigaltstack(&s, NULL));
  raise(SIGUSR1);
  s.ss_flags = SS_DISABLE;
  MUST(!sigaltstack(&s, NULL));
  for (int i = 0; i < 20; i++)
    if (!sigsetjmp(here, 0))
      siglongjmp(there, 1);
  after();
  free(s.ss_sp);
  return arg;
}
#endif

int main(void) {
#if CASE == 3
  char *stacks = malloc(COROUTINES * STACK);
  for (int k = 0; k < COROUTINES; k++) {
    job[k].left = 6;
    make(&job[k].c, stacks + k * STACK, NULL, coroutine);
    // Its end is not passed through uc_link, which would name one thread's stack.
    job[k].left = 5;
    queue[last++] = k;
  }
#elif CASE == 8
  char *stacks = malloc(2 * STACK);
  make(&c[0], stacks, &own, coroutine);
  make(&c[1], stacks + STACK, &own, coroutine);
  struct sigaction a = {.sa_handler = preempt};
  sigaction(SIGUSR2, &a, NULL);
  pthread_t t;
  sigset_t mine; // the timer's signal is sent to the process
  sigemptyset(&mine);
  sigaddset(&mine, SIGVTALRM);
  pthread_sigmask(SIG_BLOCK, &mine, NULL);
  pthread_create(&t, NULL, run, NULL);
  pthread_sigmask(SIG_UNBLOCK, &mine, NULL);
  sigaction(SIGVTALRM, &a, NULL);
  const struct itimerval often = {{0, 1000}, {0, 1000}}, none = {{0, 0}, {0, 0}};
  volatile int entered = 0;
  getcontext(&own);
  if (!over) {
    // Only main's stack is switched.
    setitimer(ITIMER_VIRTUAL, &often, NULL);
    setcontext(&c[0]);
  }
  setitimer(ITIMER_VIRTUAL, &none, NULL);
  pthread_join(t, NULL);
  race_now();
  return 0;
#elif CASE == 13
  struct sigaction a = {.sa_handler = on_new_stack, .sa_flags = SA_ONSTACK};
  sigaction(SIGUSR1, &a, NULL);
#endif
#if CASE != 8
  run_two(run, run, NULL);
#endif
  return 0;
}
