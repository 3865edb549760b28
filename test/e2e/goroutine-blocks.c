// Goroutines that block in the kernel hold up no others, whatever they block in, and the detector goes on judging.
// RUN: %cc -O1 %s -o %t && env GO_MAXPROCS=1 %clean -n 2 %t && env GO_MAXPROCS=2 %clean -n 2 %t
// RUN: env GO_MAXPROCS=1 %racy %t racy | FileCheck %s
// CHECK: data race on variable `seen`
// CHECK: by goroutine {{[0-9]+}} `reader`
#include <pthread.h>
#include <redflag/go.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int to_reader[2], seen, work;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static int ready;
static go_wg wg;

static void reader(chan(int) done) {
  char c;
  seen = 1;
  if (read(to_reader[0], &c, 1) != 1) // until main writes, which it does after all others have worked
    abort();
  if (c != 'x')
    abort();
  go_send(done, 1);
}

static void waiter(void) {
  pthread_mutex_lock(&mutex);
  while (!ready)
    pthread_cond_wait(&cond, &mutex);
  pthread_mutex_unlock(&mutex);
  go_wg_done(&wg);
}

static void sleeper(void) {
  nanosleep(&(struct timespec){0, 50000000}, NULL);
  go_wg_done(&wg);
}

static void worker(chan(int) c) {
  for (int i = 0; i < 100; i++)
    go_send(c, go_recv(c) + 1);
  go_add(&work, 1);
  go_wg_done(&wg);
}

int main(int argc, char **argv) {
  chan(int) done = go_make(int, 0), c = go_make(int, 2);
  if (pipe(to_reader))
    abort();
  go reader(done);
  if (argc > 1)
    go_sleep(30 * GO_MILLISECOND), seen = 2;
  go_wg_add(&wg, 5);
  go waiter();
  go sleeper();
  for (int i = 0; i < 3; i++)
    go worker(c);
  go_send(c, 0);
  go_send(c, 0);
  while (go_load(&work) < 3)
    go_sleep(GO_MILLISECOND);
  pthread_mutex_lock(&mutex);
  ready = 1;
  pthread_cond_signal(&cond);
  pthread_mutex_unlock(&mutex);
  go_wg_wait(&wg);
  if (write(to_reader[1], "x", 1) != 1)
    abort();
  go_recv(done);
  return seen != (argc > 1 ? 2 : 1);
}
