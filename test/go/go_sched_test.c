// The scheduler: nobody starves, whoever else blocks, computes or talks; what belongs to a goroutine stays with it.
// With one carrier, unless GO_MAXPROCS says otherwise, since that forgives least.
#include "../support/resident.h"
#include "go_tests.h"

#include <errno.h>
#include <fenv.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static go_wg wg;

static void start(int n, void (*f)(void *), void *arg) {
  go_wg_add(&wg, n);
  for (int i = 0; i < n; i++)
    go_func(f, arg);
}

// ---- Blocked in the kernel ----

static int pipe_ends[2];

static void read_one(void *p) {
  char c;
  if (read(pipe_ends[0], &c, 1) == 1)
    go_add((int *)p, 1);
  go_wg_done(&wg);
}

static void count_to(void *p) {
  for (int i = 0; i < 100; i++)
    go_yield();
  go_add((int *)p, 1);
  go_wg_done(&wg);
}

static void readers_hold_up_nobody(void **state) {
  int read_by = 0, counted = 0;
  assert_int_equal(pipe(pipe_ends), 0);
  start(50, read_one, &read_by);
  start(50, count_to, &counted);
  while (go_load(&counted) < 50)
    go_sleep(GO_MILLISECOND);
  assert_int_equal(go_load(&read_by), 0);
  for (int i = 0; i < 50; i++)
    assert_int_equal(write(pipe_ends[1], "x", 1), 1);
  go_wg_wait(&wg);
  assert_int_equal(read_by, 50);
  close(pipe_ends[0]);
  close(pipe_ends[1]);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void lock_mutex(void *p) {
  pthread_mutex_lock(&mutex);
  pthread_mutex_unlock(&mutex);
  go_wg_done(&wg);
}

static void waiters_for_a_mutex_hold_up_nobody(void **state) {
  int counted = 0;
  pthread_mutex_lock(&mutex);
  start(5, lock_mutex, NULL);
  start(5, count_to, &counted);
  while (go_load(&counted) < 5)
    go_sleep(GO_MILLISECOND);
  pthread_mutex_unlock(&mutex);
  go_wg_wait(&wg);
}

// ---- Fairness ----

static int stop;

static void compute(void *p) {
  while (!go_load(&stop))
    ;
  go_wg_done(&wg);
}

static void computing_holds_up_nobody(void **state) {
  int counted = 0;
  go_store(&stop, 0);
  start(2, compute, NULL);
  start(5, count_to, &counted);
  while (go_load(&counted) < 5)
    go_sleep(GO_MILLISECOND);
  go_store(&stop, 1);
  go_wg_wait(&wg);
}

struct pair {
  chan(int) there, back;
};

static void ping(void *p) {
  struct pair *s = p;
  while (!go_load(&stop)) {
    go_send(s->there, 1);
    go_recv(s->back);
  }
  go_close(s->there);
  go_wg_done(&wg);
}

static void pong(void *p) {
  struct pair *s = p;
  int v;
  while (go_recv2(s->there, &v))
    go_send(s->back, v);
  go_wg_done(&wg);
}

static void those_that_talk_hold_up_nobody(void **state) {
  struct pair s = {go_make(int, 0), go_make(int, 0)};
  int counted = 0;
  go_store(&stop, 0);
  start(1, ping, &s);
  start(1, pong, &s);
  start(5, count_to, &counted);
  int64_t before = go_now();
  while (go_load(&counted) < 5)
    go_sleep(GO_MILLISECOND);
  assert_true(go_now() - before < 2 * GO_SECOND);
  go_store(&stop, 1);
  go_wg_wait(&wg);
  go_free(s.there);
  go_free(s.back);
}

// ---- Time ----

static void nap(void *p) {
  int64_t before = go_now(), ns = (int64_t)(uintptr_t)p;
  go_sleep(ns);
  if (go_now() - before < ns)
    abort();
  go_wg_done(&wg);
}

static void many_sleep_at_once(void **state) {
  int64_t before = go_now();
  start(2000, nap, (void *)(uintptr_t)(20 * GO_MILLISECOND));
  start(1, nap, (void *)(uintptr_t)(40 * GO_MILLISECOND));
  start(1, nap, (void *)(uintptr_t)(1 * GO_MILLISECOND));
  go_wg_wait(&wg);
  assert_true(go_now() - before < 2 * GO_SECOND);
}

static void select_with_timeout(void *p) {
  chan(int) c = p;
  int v;
  for (int i = 0; i < 200; i++)
    go_select(GO_RECV(c, &v), GO_TIMEOUT(i % 3 * 50 * GO_MICROSECOND));
  go_wg_done(&wg);
}

static void send_now_and_then(void *p) {
  chan(int) c = p;
  int i = 1;
  while (!go_load(&stop)) {
    go_select(GO_SEND(c, &i), GO_TIMEOUT(20 * GO_MICROSECOND));
    go_sleep(10 * GO_MICROSECOND);
  }
  go_wg_done(&wg);
}

static void stop_all(void *p) {
  go_wg_wait(p);
  go_store(&stop, 1);
}

static void deadlines_and_partners_race(void **state) {
  chan(int) c = go_make(int, 0);
  go_wg receivers = {0};
  go_store(&stop, 0);
  start(4, send_now_and_then, c);
  for (int i = 0; i < 4; i++)
    start(1, select_with_timeout, c);
  go_wg_add(&receivers, 1);
  go_func(stop_all, &receivers);
  go_sleep(100 * GO_MILLISECOND);
  go_wg_done(&receivers);
  go_wg_wait(&wg);
  go_free(c);
}

// ---- What stays with a goroutine ----

static void keep_errno(void *p) {
  int mine = go_add((int *)p, 1);
  for (int i = 0; i < 20; i++) {
    errno = mine;
    go_yield();
    if (errno != mine)
      abort();
    go_sleep(GO_MICROSECOND);
    if (errno != mine)
      abort();
  }
  go_wg_done(&wg);
}

static void errno_is_kept(void **state) {
  int n = 0;
  start(50, keep_errno, &n);
  go_wg_wait(&wg);
}

static void round_up(void *p) {
  fesetround(FE_UPWARD);
  for (int i = 0; i < 50; i++) {
    go_yield();
    if (fegetround() != FE_UPWARD)
      abort();
  }
  go_wg_done(&wg);
}

static void round_as_usual(void *p) {
  for (int i = 0; i < 50; i++) {
    go_yield();
    if (fegetround() != FE_TONEAREST)
      abort();
  }
  go_wg_done(&wg);
}

static void rounding_is_kept(void **state) {
  go_wg_add(&wg, 10);
  for (int i = 0; i < 5; i++) {
    go_func(round_as_usual, NULL);
    go_func(round_up, NULL);
  }
  go_wg_wait(&wg);
}

static int sum_down(int n) {
  volatile char here[500];
  here[n % 500] = (char)n;
  return n ? sum_down(n - 1) + (here[n % 500] == (char)n) : 0;
}

static void go_deep(void *p) {
  if (sum_down(200) != 200)
    abort();
  go_wg_done(&wg);
}

static void stacks_are_deep_enough(void **state) {
  start(100, go_deep, NULL);
  go_wg_wait(&wg);
}

// ---- Many ----

static void wait_for_close(void *p) {
  go_recv((chan(int))p);
  go_wg_done(&wg);
}

static long resident_kb(void) { return resident_bytes() / 1024; }

#ifdef GO_SANITIZED
#define MANY 2000
#define EACH_KB 4096
#define LEFT_KB 4096
#elif defined(__REDFLAG__)
#define MANY 20000
#define EACH_KB 8
#define LEFT_KB 2 // the detector keeps the record of each for others to come, and the places where they have met
#else
#define MANY 20000
#define EACH_KB 8
#define LEFT_KB 1
#endif

static void waiting_costs_little_and_memory_comes_back(void **state) {
  chan(int) c = go_make(int, 0);
  long before = resident_kb();
  start(MANY, wait_for_close, c);
  while (go_num() != MANY + 1)
    go_sleep(GO_MILLISECOND);
  go_sleep(100 * GO_MILLISECOND);
  assert_true(resident_kb() - before < EACH_KB * MANY);
  go_close(c);
  go_wg_wait(&wg);
  int seconds = 0;
  while (resident_kb() - before > LEFT_KB * MANY && seconds++ < 120)
    go_sleep(GO_SECOND);
  assert_true(seconds <= 120);
  go_free(c);
}

static void many_in_turn(void **state) {
  for (int i = 0; i < 100; i++) {
    int n = 0;
    start(1000, count_to, &n);
    go_wg_wait(&wg);
    assert_int_equal(n, 1000);
  }
}

static void spawn_tree(void *p) {
  uintptr_t depth = (uintptr_t)p;
  for (int i = 0; depth && i < 4; i++) {
    go_wg_add(&wg, 1);
    go_func(spawn_tree, (void *)(depth - 1));
  }
  go_wg_done(&wg);
}

static void goroutines_start_goroutines(void **state) {
  start(1, spawn_tree, (void *)7);
  go_wg_wait(&wg);
}

static void *foreign_work(void *p) {
  struct pair *s = p;
  for (int i = 0; i < 2000; i++) {
    go_send(s->there, i);
    if (go_recv(s->back) != i)
      abort();
  }
  return NULL;
}

static void foreign_threads_talk_to_goroutines(void **state) {
  struct pair s[4];
  pthread_t threads[4];
  for (int i = 0; i < 4; i++) {
    s[i] = (struct pair){go_make(int, 0), go_make(int, 0)};
    start(1, pong, &s[i]);
    assert_int_equal(pthread_create(&threads[i], NULL, foreign_work, &s[i]), 0);
  }
  for (int i = 0; i < 4; i++) {
    pthread_join(threads[i], NULL);
    go_close(s[i].there);
  }
  go_wg_wait(&wg);
  for (int i = 0; i < 4; i++) {
    go_free(s[i].there);
    go_free(s[i].back);
  }
}

// ---- Processes ----

static void fork_here(void *p) {
  pid_t child = fork();
  if (child == 0) {
    go_wg mine = {0};
    go_wg_add(&mine, 20);
    for (int i = 0; i < 20; i++)
      go_func((void (*)(void *))go_wg_done, &mine);
    go_wg_wait(&mine);
    go_yield();
    go_sleep(GO_MILLISECOND);
    _exit(7);
  }
  int status = 0;
  waitpid(child, &status, 0);
  go_store((int *)p, WIFEXITED(status) ? WEXITSTATUS(status) : -1);
  go_wg_done(&wg);
}

static void a_goroutine_may_fork(void **state) {
  chan(int) c = go_make(int, 0);
  int status = 0;
  start(10, wait_for_close, c);
  start(1, fork_here, &status);
  while (go_num() > 11)
    go_sleep(GO_MILLISECOND);
  assert_int_equal(go_load(&status), 7);
  go_close(c);
  go_wg_wait(&wg);
  go_free(c);
}

static int handled;
static void on_signal(int number) { __atomic_add_fetch(&handled, 1, __ATOMIC_RELAXED); }

static void signals_arrive(void **state) {
  int counted = 0;
  handled = 0;
  signal(SIGUSR1, on_signal);
  start(50, count_to, &counted);
  for (int i = 0; i < 50; i++) {
    kill(getpid(), SIGUSR1);
    go_sleep(10 * GO_MICROSECOND);
  }
  go_wg_wait(&wg);
  assert_true(handled > 0);
  signal(SIGUSR1, SIG_DFL);
}

static void nothing(void *p) { go_wg_done(&wg); }

// Idle, the library lets the processor be.
static void idle_costs_no_time(void **state) {
  start(10, nothing, NULL);
  go_wg_wait(&wg);
  go_sleep(3 * GO_SECOND); // the memory of those that ended goes back first
  clock_t before = clock();
  go_sleep(500 * GO_MILLISECOND);
  assert_true(clock() - before < CLOCKS_PER_SEC / 50);
}

int main(void) {
  setenv("GO_MAXPROCS", "1", 0);
#ifdef GO_THREAD_SANITIZED
  cmocka_set_skip_filter("*fork*"); // it does not know that in the child the other threads are gone
#endif
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(readers_hold_up_nobody),
      cmocka_unit_test(waiters_for_a_mutex_hold_up_nobody),
      cmocka_unit_test(computing_holds_up_nobody),
      cmocka_unit_test(those_that_talk_hold_up_nobody),
      cmocka_unit_test(many_sleep_at_once),
      cmocka_unit_test(deadlines_and_partners_race),
      cmocka_unit_test(errno_is_kept),
      cmocka_unit_test(rounding_is_kept),
      cmocka_unit_test(stacks_are_deep_enough),
      cmocka_unit_test(waiting_costs_little_and_memory_comes_back),
      cmocka_unit_test(many_in_turn),
      cmocka_unit_test(goroutines_start_goroutines),
      cmocka_unit_test(foreign_threads_talk_to_goroutines),
      cmocka_unit_test(a_goroutine_may_fork),
      cmocka_unit_test(signals_arrive),
      cmocka_unit_test(idle_costs_no_time),
  };
  return cmocka_run_group_tests_name("scheduler", tests, NULL, NULL);
}
