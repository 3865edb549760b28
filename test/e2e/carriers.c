// Goroutines that take turns on few pthreads: what they share by that - the pthread, its thread-local variables, the
// memory of stacks - neither orders them nor makes a race. With one carrier, with two, and with as many as there are
// goroutines.
// RUN: %cc -O1 %s -o %t
// RUN: env GO_MAXPROCS=1 %clean -n 3 %t && env GO_MAXPROCS=2 %clean -n 3 %t && env GO_MAXPROCS=50 %clean -n 3 %t
// RUN: env GO_MAXPROCS=1 %racy %t turns | FileCheck %s --check-prefix=TURNS
// RUN: env GO_MAXPROCS=2 %racy %t turns | FileCheck %s --check-prefix=TURNS
// RUN: env GO_MAXPROCS=1 %racy %t yields | FileCheck %s --check-prefix=YIELDS
// RUN: env GO_MAXPROCS=1 %racy %t pointer | FileCheck %s --check-prefix=POINTER
// RUN: env GO_MAXPROCS=2 %racy %t exits | FileCheck %s --check-prefix=EXITS
// RUN: env GO_MAXPROCS=1 %clean %t mutex && env GO_MAXPROCS=2 %clean %t mutex
#include <errno.h>
#include <pthread.h>
#include <redflag/go.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local int scratch[100];
static int shared;
static go_wg wg;

// TURNS: data race on variable `shared`
// TURNS: Write by goroutine [[#A:]] `add` at {{.*}}carriers.c:[[@LINE+3]]:{{[0-9]+}} in add
// TURNS: Earlier write by goroutine {{[0-9]+}} `add`
static void add(void) {
  shared++;
  go_wg_done(&wg);
}

// YIELDS: data race on variable `shared`
// YIELDS: by goroutine {{[0-9]+}} `add_slowly`
static void add_slowly(void) {
  for (int i = 0; i < 3; i++) {
    shared++;
    go_yield();
  }
  go_wg_done(&wg);
}

// A goroutine's own variable, written by another one that nothing orders before the read.
// POINTER: data race on variable `own` (int, 4 bytes, local of show
// POINTER: by goroutine {{[0-9]+}} `
static void write_to(int *p) { *p = 1; }
static void show(void) {
  int own = 0;
  go write_to(&own);
  go_sleep(20 * GO_MILLISECOND);
  go_yield();
  if (own != 1)
    abort();
  go_wg_done(&wg);
}

// EXITS: data race on variable `shared`
static void add_and_exit(void) {
  shared++;
  go_wg_done(&wg);
  go_exit();
}

static int deep(int n) {
  int v[64];
  memset(v, n, sizeof v);
  return n ? deep(n - 1) + v[n % 64] : v[0];
}

static void use_what_carriers_share(int i) {
  for (int k = 0; k < 100; k++)
    scratch[k] = i;
  errno = i;
  deep(20);
  go_yield();
  for (int k = 0; k < 100; k++)
    scratch[k]++;
  if (errno != i) // kept across a yield
    abort();
  deep(10 + i % 50);
  go_sleep(i % 3 * GO_MICROSECOND);
  if (errno != i)
    abort();
  go_wg_done(&wg);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static void add_locked(int i) {
  pthread_mutex_lock(&mutex);
  shared++;
  pthread_mutex_unlock(&mutex);
  if (i % 2)
    go_yield();
  pthread_mutex_lock(&mutex);
  shared++;
  pthread_mutex_unlock(&mutex);
  go_wg_done(&wg);
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";
  const int racy = *what && strcmp(what, "mutex") != 0;
  const int n = !strcmp(what, "pointer") ? 1 : racy ? 2 : 500;
  for (int i = 0; i < n; i++) {
    go_wg_add(&wg, 1);
    if (!strcmp(what, "turns"))
      go add();
    else if (!strcmp(what, "yields"))
      go add_slowly();
    else if (!strcmp(what, "pointer"))
      go show();
    else if (!strcmp(what, "exits"))
      go add_and_exit();
    else if (!strcmp(what, "mutex"))
      go add_locked(i);
    else
      go use_what_carriers_share(i);
  }
  go_wg_wait(&wg);
  return 0;
}
