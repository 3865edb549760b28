// What the system refuses, and what ends the program while goroutines are in the middle of something. Status and words,
// and that nobody is left waiting.
#define _GNU_SOURCE
#include "go_child.h"
#include "go_tests.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

// ---- Threads ----

static int thread_calls;
static int granted_before; // so many calls succeed first
static int refused = 0;    // then so many fail
static int refusal = EAGAIN;

// In front of the C library's.
int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*entry)(void *), void *arg) {
  static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
  int call = __atomic_fetch_add(&thread_calls, 1, __ATOMIC_RELAXED);
  if (!real)
    real = (int (*)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *))dlsym(RTLD_NEXT,
                                                                                          "pthread_create");
  if (call >= granted_before && call < granted_before + refused) {
    errno = refusal; // as glibc leaves it
    return refusal;
  }
  return real(thread, attr, entry, arg);
}

static go_wg wg;

static void done(void *p) { go_wg_done(&wg); }

static void yield_and_be_done(void *p) {
  for (int i = 0; i < 10; i++)
    go_yield();
  go_wg_done(&wg);
}

static void run_thousand(void) {
  go_wg_add(&wg, 1000);
  for (int i = 0; i < 1000; i++)
    go_func(yield_and_be_done, NULL);
  go_wg_wait(&wg);
}

static void no_thread_at_all(void) {
  refused = 1 << 20;
  run_thousand();
}

static void no_permission(void) {
  refused = 1 << 20;
  refusal = EPERM;
  run_thousand();
}

static void no_carrier(void) {
  granted_before = 1; // the monitor
  refused = 1 << 20;
  run_thousand();
}

static void threads_come_late(void) {
  refused = 3;
  run_thousand();
  if (thread_calls < 5)
    _exit(9);
}

static void one_carrier_carries_all(void) {
  setenv("GO_MAXPROCS", "8", 1);
  granted_before = 2;
  refused = 1 << 20;
  errno = 77;
  run_thousand();
  if (errno != 77)
    _exit(9);
}

static int pipe_ends[2];

static void read_one(void *p) {
  char c;
  if (read(pipe_ends[0], &c, 1) != 1)
    _exit(9);
  go_wg_done(&wg);
}

static void write_one(void *p) {
  if (write(pipe_ends[1], "x", 1) != 1)
    _exit(9);
  go_wg_done(&wg);
}

// Nobody is there who could run the one that would end the wait.
static void the_only_carrier_is_blocked(void) {
  setenv("GO_MAXPROCS", "1", 1);
  granted_before = 2;
  refused = 1 << 20;
  if (pipe(pipe_ends))
    _exit(9);
  go_wg_add(&wg, 2);
  go_func(read_one, NULL);
  go_sleep(10 * GO_MILLISECOND);
  go_func(write_one, NULL);
  go_wg_wait(&wg);
}

#define NO_THREAD(n, error) "runtime: failed to create new OS thread (have " n " already; errno=" error ")\n"

static void without_threads_the_program_ends(void **state) {
  child_ends(no_thread_at_all,
             NO_THREAD("0", "11") "fatal error: newosproc\n\ngoroutine 1 [running]:\n\tmain\n");
  child_ends(no_permission, NO_THREAD("0", "1") "fatal error: newosproc\n");
  child_ends(no_carrier, NO_THREAD("1", "11") "fatal error: newosproc\n");
  child_ends(the_only_carrier_is_blocked, NO_THREAD("2", "11") "fatal error: newosproc\n");
}

static void with_some_threads_it_goes_on(void **state) {
  assert_int_equal(child_run(threads_come_late), 0);
  assert_int_equal(child_run(one_carrier_carries_all), 0);
  assert_string_equal(child_said, "");
}

// ---- Memory ----

static void allow(rlim_t more) {
  long pages = 0;
  FILE *f = fopen("/proc/self/statm", "r");
  if (!f || fscanf(f, "%ld", &pages) != 1)
    _exit(9);
  fclose(f);
  rlim_t bytes = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + more;
  if (setrlimit(RLIMIT_AS, &(struct rlimit){bytes, bytes}))
    _exit(9);
}

static void start_carriers(void) {
  go_wg_add(&wg, 64);
  for (int i = 0; i < 64; i++)
    go_func(done, NULL);
  go_wg_wait(&wg);
}

static void wait_for_ever(void *p) { go_recv((chan(int))p); }

static void no_room_for_stacks(void) {
  chan(int) c = go_make(int, 0);
  start_carriers();
  allow(64 << 20);
  for (int i = 0; i < 100000; i++)
    go_func(wait_for_ever, c);
}

// A slab of 64 stacks would be a gigabyte.
static void room_for_few_stacks(int goroutines) {
  chan(int) c = go_make(int, 0);
  setenv("GO_STACK", "16M", 1);
  allow(512 << 20);
  for (int i = 0; i < goroutines; i++)
    go_func(wait_for_ever, c);
}

static void ten_of_them(void) { room_for_few_stacks(10); }
static void a_hundred_of_them(void) { room_for_few_stacks(100); }

static void no_big_channel(void) {
  allow(40 << 20);
  go_make(int, 100 << 20);
}

static void no_room_for_a_thread(void) {
  allow(16 << 10);
  go_func(done, NULL);
}

static void huge_stacks(void) {
  setenv("GO_STACK", "99999999999999999999999M", 1);
  start_carriers();
}

static void without_memory_the_program_ends(void **state) {
  child_ends(no_room_for_stacks, "fatal error: runtime: out of memory\n\ngoroutine 1 [running]:\n\tmain\n");
  child_ends(a_hundred_of_them, "fatal error: runtime: out of memory\n");
  child_ends(no_big_channel, "fatal error: runtime: out of memory\n");
  child_ends(no_room_for_a_thread, NO_THREAD("0", "11") "fatal error: newosproc\n");
}

static void few_stacks_fit_where_many_do_not(void **state) {
  assert_int_equal(child_run(ten_of_them), 0);
  assert_int_equal(child_run(huge_stacks), 0);
  assert_string_equal(child_said, "");
}

// ---- main returns ----

static void compute(void *p) {
  for (;;)
    __asm__ volatile("");
}

static void talk(void *p) {
  for (;;)
    go_send((chan(int))p, 1);
}

static void listen(void *p) {
  for (;;)
    go_recv((chan(int))p);
}

static void start_others(void *p) {
  for (;;) {
    go_func(done, NULL);
    go_yield();
  }
}

static void be_blocked(void *p) {
  char c;
  while (read(pipe_ends[0], &c, 1) != 1)
    ;
}

static void lie_asleep(void *p) { go_sleep(GO_MINUTE); }
static void tick(void *p) {}

static int exited;
static void at_exit(void) {
  if (exited++)
    _exit(9);
  fputs("bye\n", stderr);
}

static void main_returns(void) {
  chan(int) c = go_make(int, 0);
  if (pipe(pipe_ends))
    _exit(9);
  go_wg_add(&wg, 1 << 30);
  atexit(at_exit);
  for (int i = 0; i < 3; i++) {
    go_func(compute, NULL);
    go_func(talk, c);
    go_func(listen, c);
    go_func(start_others, NULL);
    go_func(be_blocked, NULL);
    go_func(lie_asleep, NULL);
    go_after_func(i * GO_MILLISECOND, tick, NULL);
  }
  go_sleep(20 * GO_MILLISECOND);
  exit(3); // what the return of main does
}

static void a_goroutine_exits(void *p) { exit(4); }

static void exit_in_a_goroutine(void) {
  atexit(at_exit);
  go_func(a_goroutine_exits, NULL);
  go_recv(go_make(int, 0));
}

static void goroutines_do_not_keep_the_program(void **state) {
  for (int i = 0; i < 10; i++) {
    assert_int_equal(child_run(main_returns), 3);
    assert_string_equal(child_said, "bye\n");
    assert_int_equal(child_run(exit_in_a_goroutine), 4);
    assert_string_equal(child_said, "bye\n");
  }
}

// ---- Misuse by a goroutine ----

static void close_twice(void *p) {
  chan(int) c = go_make(int, 0);
  go_close(c);
  go_close(c);
}

static void count_below_zero(void *p) { go_wg_done(&wg); }

static go_mutex mutex;
static void lock_twice(void *p) {
  go_lock(&mutex);
  go_lock(&mutex);
}

static void panic_deep(int depth) {
  volatile char frame[100];
  frame[0] = (char)depth;
  if (depth)
    panic_deep(depth - 1);
  else
    go_panic("from %d deep", frame[0] + 100);
}

static void panics(void *p) { panic_deep(100); }

static void (*body)(void *);

static void in_a_goroutine(void) {
  go_func(body, NULL);
  go_recv(go_make(int, 0));
}

static void ends_in(void (*f)(void *), const char *message) {
  body = f;
  child_ends(in_a_goroutine, message);
}

#define IN "\n\ngoroutine 2 [running]:\n\tbody\ncreated by main in goroutine 1\n"

static void misuse_by_a_goroutine_names_it(void **state) {
  ends_in(close_twice, "panic: close of closed channel" IN);
  ends_in(count_below_zero, "panic: sync: negative WaitGroup counter" IN);
  ends_in(panics, "panic: from 100 deep" IN);
  ends_in(lock_twice,
          "fatal error: all goroutines are asleep - deadlock!\n\ngoroutine 1 [chan receive]:\n\tmain\n\n"
          "goroutine 2 [sync.Mutex.Lock]:\n\tbody\n");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(without_threads_the_program_ends),
      cmocka_unit_test(with_some_threads_it_goes_on),
      cmocka_unit_test(without_memory_the_program_ends),
      cmocka_unit_test(few_stacks_fit_where_many_do_not),
      cmocka_unit_test(goroutines_do_not_keep_the_program),
      cmocka_unit_test(misuse_by_a_goroutine_names_it),
  };
  return cmocka_run_group_tests_name("go faults", tests, NULL, NULL);
}
