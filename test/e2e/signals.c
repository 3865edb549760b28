// Handlers run, none is lost, and the interrupted thread's stacks stay right; faults are the program's own.
// RUN: %cc -O1 %s -o %t && %clean -n 3 %t
// RUN: %cc -O1 -DFAULT %s -o %t && (%t; test $? -gt 128)
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

static atomic_int handled;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static int shared;
static volatile sig_atomic_t in_handler;

static void on_signal(int n) {
  (void)n;
  in_handler++;
  atomic_fetch_add(&handled, 1);
}

static atomic_int stop;
static void *busy(void *arg) {
  while (!atomic_load(&stop)) {
    pthread_mutex_lock(&m);
    shared++;
    pthread_mutex_unlock(&m);
  }
  return arg;
}

int main(void) {
  struct sigaction a = {.sa_handler = on_signal}, old;
  pthread_t t;
#ifdef FAULT
  *(volatile int *)8 = 1;
#endif
  sigaction(SIGUSR1, &a, NULL);
  sigaction(SIGUSR1, NULL, &old);
  if (old.sa_handler != on_signal || old.sa_flags & SA_SIGINFO)
    return 2;
  if (signal(SIGUSR2, SIG_IGN) != SIG_DFL || signal(SIGUSR2, SIG_DFL) != SIG_IGN)
    return 3;
  pthread_create(&t, NULL, busy, NULL);
  for (int i = 1; i <= 200; i++) {
    pthread_kill(t, SIGUSR1);
    while (atomic_load(&handled) < i)
      ;
    pthread_mutex_lock(&m);
    shared++;
    pthread_mutex_unlock(&m);
  }
  atomic_store(&stop, 1);
  pthread_join(t, NULL);
  return atomic_load(&handled) != 200;
}
