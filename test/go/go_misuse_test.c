// Misuse ends the program with status 2 and Go's words. Each case runs in a child process.
#include "go_tests.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char said[65536]; // what the child wrote to stderr

static int run(void (*body)(void)) {
  int ends[2];
  size_t n = 0;
  assert_int_equal(pipe(ends), 0);
  pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], 2);
    alarm(20);
    body();
    _exit(0);
  }
  close(ends[1]);
  for (ssize_t got; n < sizeof said - 1 && (got = read(ends[0], said + n, sizeof said - 1 - n)) > 0;)
    n += (size_t)got;
  said[n] = 0;
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void assert_ends(void (*body)(void), const char *message) {
  assert_int_equal(run(body), 2);
  if (strncmp(said, message, strlen(message)) != 0)
    fail_msg("expected %s\ngot %s", message, said);
}

static void assert_says(const char *part) {
  if (!strstr(said, part))
    fail_msg("expected %s in\n%s", part, said);
}

static void negative_wg(void) {
  go_wg wg = {0};
  go_wg_done(&wg);
}

static void send_closed(void) {
  chan(int) c = go_make(int, 1);
  go_close(c);
  go_send(c, 1);
}

static void sender(void *p) { go_send((chan(int))p, 1); }

static void close_under_sender(void) {
  chan(int) c = go_make(int, 0);
  go_func(sender, c);
  go_sleep(10 * GO_MILLISECOND);
  go_close(c);
  go_sleep(GO_SECOND);
}

static void close_closed(void) {
  chan(int) c = go_make(int, 1);
  go_close(c);
  go_close(c);
}

static void close_nil(void) { go_close((chan(int))NULL); }

static void unlock_unlocked(void) {
  go_mutex m = {0};
  go_unlock(&m);
}

static void wunlock_unlocked(void) {
  go_rwmutex m = {0};
  go_wunlock(&m);
}

static void runlock_unlocked(void) {
  go_rwmutex m = {0};
  go_runlock(&m);
}

static void make_negative(void) { go_make(int, -1); }

static void misuse_ends_as_in_go(void **state) {
  assert_ends(negative_wg, "panic: sync: negative WaitGroup counter\n");
  assert_says("goroutine 1 [running]:\n\tmain\n");
  assert_ends(send_closed, "panic: send on closed channel\n");
  // The close races with the send, which a detector reports with a status of its own.
  int status = run(close_under_sender);
  assert_true(status == 2 || status == 66);
  assert_says("panic: send on closed channel\n");
  assert_ends(close_closed, "panic: close of closed channel\n");
  assert_ends(close_nil, "panic: close of nil channel\n");
  assert_ends(unlock_unlocked, "fatal error: sync: unlock of unlocked mutex\n");
  assert_ends(wunlock_unlocked, "fatal error: sync: Unlock of unlocked RWMutex\n");
  assert_ends(runlock_unlocked, "fatal error: sync: RUnlock of unlocked RWMutex\n");
  assert_ends(make_negative, "panic: makechan: size out of range\n");
}

// ---- Deadlock ----------------------------------------------------------------------------------------------
#define DEADLOCK "fatal error: all goroutines are asleep - deadlock!\n\n"

static void main_alone(void) {
  chan(int) c = go_make(int, 0);
  go_recv(c);
}

static void nil_channel(void) { go_send((chan(int))NULL, 1); }

static go_mutex mutex;
static go_wg group;

static void lock_held(void *p) { go_lock(&mutex); }

static void everyone(void) {
  go_wg_add(&group, 1);
  go_lock(&mutex);
  go_func(lock_held, NULL);
  go_func(lock_held, NULL);
  go_wg_wait(&group);
}

static void sleeper(void *p) { go_sleep(50 * GO_MILLISECOND); }

// The last goroutine to run ends instead of parking.
static void after_the_last_ends(void) {
  go_wg_add(&group, 1);
  go_func(sleeper, NULL);
  go_wg_wait(&group);
}

static void receiver(void *p) { go_recv((chan(int))p); }

static void main_exits(void) {
  chan(int) c = go_make(int, 0);
  go_func(receiver, c);
  go_exit();
}

static void locked_twice(void) {
  go_lock(&mutex);
  go_lock(&mutex);
}

static void deadlock_is_reported(void **state) {
  assert_ends(main_alone, DEADLOCK "goroutine 1 [chan receive]:\n\tmain\n");
  assert_ends(nil_channel, DEADLOCK "goroutine 1 [chan send (nil chan)]:\n\tmain\n");
  assert_ends(everyone, DEADLOCK "goroutine 1 [sync.WaitGroup.Wait]:\n\tmain\n\ngoroutine ");
  assert_says(" [sync.Mutex.Lock]:\n\tlock_held\n");
  assert_ends(after_the_last_ends, DEADLOCK);
  assert_ends(locked_twice, DEADLOCK "goroutine 1 [sync.Mutex.Lock]:\n");
  assert_ends(main_exits,
              "fatal error: no goroutines (main called go_exit) - deadlock!\n\ngoroutine 1 [exited]");
}

static void *send_later(void *p) {
  usleep(200000);
  go_send((chan(int))p, 5);
  return NULL;
}

// A thread that the library has never seen may still wake us.
static void woken_by_a_thread(void) {
  chan(int) c = go_make(int, 0);
  pthread_t thread;
  pthread_create(&thread, NULL, send_later, c);
  int v = go_recv(c);
  pthread_join(thread, NULL);
  _exit(v);
}

static void *just_wait(void *p) {
  usleep(200000);
  return NULL;
}

static void thread_ends_without_waking(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, just_wait, NULL);
  go_recv(go_make(int, 0));
}

static void *thread_receives(void *p) {
  go_recv((chan(int))p);
  return NULL;
}

static void thread_blocked_too(void) {
  chan(int) c = go_make(int, 0);
  pthread_t thread;
  pthread_create(&thread, NULL, thread_receives, c);
  go_recv(c);
}

static void deadlock_waits_for_foreign_threads(void **state) {
  assert_int_equal(run(woken_by_a_thread), 5);
  assert_string_equal(said, "");
  assert_ends(thread_ends_without_waking, DEADLOCK);
  assert_ends(thread_blocked_too, DEADLOCK);
  assert_says("[chan receive]:\n\tthread\n");
}

static void sleep_then_wait(void *p) {
  go_sleep(60 * GO_MILLISECOND);
  go_recv((chan(int))p);
}

static void sleeper_blocks_in_the_end(void) {
  chan(int) c = go_make(int, 0);
  go_func(sleep_then_wait, c);
  go_recv(c);
}

static void sleep_then_send(void *p) {
  go_sleep(60 * GO_MILLISECOND);
  go_send((chan(int))p, 5);
}

static void woken_by_a_sleeper(void) {
  chan(int) c = go_make(int, 0);
  go_func(sleep_then_send, c);
  _exit(go_recv(c));
}

static void woken_by_a_deadline(void) {
  chan(int) c = go_make(int, 0);
  int v;
  _exit(4 + go_select(GO_RECV(c, &v), GO_TIMEOUT(60 * GO_MILLISECOND)));
}

static int ends[2];
static void read_then_send(void *p) {
  char c;
  if (read(ends[0], &c, 1) == 1)
    go_send((chan(int))p, 5);
}

static void *write_late(void *p) {
  usleep(100000);
  if (write(ends[1], "x", 1) != 1)
    _exit(9);
  return NULL;
}

static void woken_from_the_kernel(void) {
  chan(int) c = go_make(int, 0);
  pthread_t thread;
  if (pipe(ends))
    _exit(9);
  pthread_create(&thread, NULL, write_late, NULL);
  go_func(read_then_send, c);
  _exit(go_recv(c));
}

// The child has no main, and nobody is left but the goroutine that forked.
static void fork_and_wait(void *p) {
  pid_t child = fork();
  int status = 0;
  if (child == 0)
    go_recv((chan(int))p);
  waitpid(child, &status, 0);
  _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 9);
}

static void deadlock_in_a_child(void) {
  chan(int) c = go_make(int, 0);
  go_func(fork_and_wait, c);
  go_recv(c);
}

static void deadlock_knows_who_wakes_by_himself(void **state) {
  assert_ends(sleeper_blocks_in_the_end, DEADLOCK);
  assert_says("[chan receive]:\n\tsleep_then_wait\n");
  assert_int_equal(run(woken_by_a_sleeper), 5);
  assert_int_equal(run(woken_by_a_deadline), 5);
  assert_int_equal(run(woken_from_the_kernel), 5);
  assert_ends(deadlock_in_a_child, DEADLOCK);
  assert_says("[chan receive]:\n\tfork_and_wait\n");
}

// ---- Stacks --------------------------------------------------------------------------------------------------
static int overflow_from(volatile char *outer) {
  volatile char here[300];
  here[0] = outer ? outer[0] : 1;
  return here[0] ? overflow_from(here) + here[0] : 0;
}

static void overflow(void *p) { overflow_from(NULL); }

static void stack_overflows(void) {
  go_func(overflow, NULL);
  go_recv(go_make(int, 0));
}

static void overflow_is_told(void **state) {
  assert_ends(stack_overflows, "fatal error: stack overflow\n\ngoroutine 2 [running]:\n\toverflow\n");
  setenv("GO_GUARD", "mapped", 1);
  assert_ends(stack_overflows, "fatal error: stack overflow\n\ngoroutine 2 [running]:\n\toverflow\n");
  unsetenv("GO_GUARD");
}

int run_misuse_tests(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(misuse_ends_as_in_go),
      cmocka_unit_test(deadlock_is_reported),
      cmocka_unit_test(deadlock_waits_for_foreign_threads),
      cmocka_unit_test(deadlock_knows_who_wakes_by_himself),
      cmocka_unit_test(overflow_is_told),
  };
  return cmocka_run_group_tests_name("go misuse", tests, NULL, NULL);
}
