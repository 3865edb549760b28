#include <pthread.h>
#include <redflag/go.h>
#include <stdio.h>
#include <unistd.h>

static int answer;
static _Atomic int safe;
static void think(void) { answer = 42; }
static void think_safely(void) { safe = 42; }
static void *run(void *p) {
  *(int *)p = 1;
  return p;
}

void slept(void) {
  go think();
  go_sleep(GO_SECOND);
  printf("%d\n", answer); // Warn
}

int thread(pthread_t *t) {
  int v = 0;
  int error = pthread_create(t, NULL, run, &v);
  sleep(1);
  return error + v; // Warn
}

void block(void) {
  int v = 0;
  go {
    v = 1;
  };
  go_sleep(GO_SECOND);
  printf("%d\n", v); // Warn
}

void waited(void) {
  int v = 0;
  go_wg wg = {0};
  go_wg_add(&wg, 1);
  go {
    v = 1;
    go_wg_done(&wg);
  };
  go_sleep(GO_SECOND);
  go_wg_wait(&wg);
  printf("%d\n", v); // OK
}

void atomic(void) {
  go think_safely();
  go_sleep(GO_SECOND);
  printf("%d\n", safe); // OK
}

void until(int *);
int passed_on(pthread_t *t) {
  int v = 0;
  int error = pthread_create(t, NULL, run, &v);
  until(&v);
  sleep(1);
  return error + v; // OK: until may wait
}

void unrelated(int n) {
  go think();
  go_sleep(GO_SECOND);
  printf("%d\n", n); // OK
}
