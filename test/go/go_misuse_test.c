// Misuse ends the program with status 2 and Go's words. Each case runs in a child process.
#include "go_child.h"
#include "go_tests.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

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

static int sleep_long(void *p) {
  go_sleep(GO_SECOND);
  return 0;
}

static void limit_while_active(void) {
  go_group g = {0};
  go_group_go(&g, sleep_long, NULL);
  go_group_limit(&g, 2);
}

static void panic_in_goroutine(void *p) { go_panic("%s no. %d", (char *)p, 7); }

static void panics(void) {
  go_func(panic_in_goroutine, "mishap");
  go_sleep(GO_SECOND);
}

static void panic_after_a_try(void) {
  assert_string_equal(go_try(panic_in_goroutine, "first"), "first no. 7");
  go_panic("second");
}

static void panics_too_long(void) { go_panic("%01000d", 1); }

static void do_negative_wg(void *p) { negative_wg(); }
static void do_unlock_unlocked(void *p) { unlock_unlocked(); }

static void fatal_in_try(void) {
  if (go_try(do_negative_wg, NULL))
    go_try(do_unlock_unlocked, NULL);
}

static void an_uncaught_panic_ends_the_program(void **state) {
  child_ends(panics, "panic: mishap no. 7\n\ngoroutine ");
  child_says(" [running]:\n\tpanic_in_goroutine\ncreated by main in goroutine 1\n");
  child_ends(panic_after_a_try, "panic: second\n\ngoroutine 1 [running]:\n\tmain\n");
  child_ends(panics_too_long, "panic: 000000");
  child_says("000\n\ngoroutine 1 [running]:\n\tmain\n");
  child_ends(fatal_in_try, "fatal error: sync: unlock of unlocked mutex\n");
}

static void misuse_ends_as_in_go(void **state) {
  child_ends(negative_wg, "panic: sync: negative WaitGroup counter\n");
  child_says("goroutine 1 [running]:\n\tmain\n");
  child_ends(send_closed, "panic: send on closed channel\n");
  // The close races with the send, which a detector reports with a status of its own.
  int status = child_run(close_under_sender);
  assert_true(status == 2 || status == 66);
  child_says("panic: send on closed channel\n");
  child_ends(close_closed, "panic: close of closed channel\n");
  child_ends(close_nil, "panic: close of nil channel\n");
  child_ends(unlock_unlocked, "fatal error: sync: unlock of unlocked mutex\n");
  child_ends(wunlock_unlocked, "fatal error: sync: Unlock of unlocked RWMutex\n");
  child_ends(runlock_unlocked, "fatal error: sync: RUnlock of unlocked RWMutex\n");
  child_ends(make_negative, "panic: makechan: size out of range\n");
  child_ends(limit_while_active,
             "panic: errgroup: modify limit while 1 goroutines in the group are still active\n");
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
  child_ends(main_alone, DEADLOCK "goroutine 1 [chan receive]:\n\tmain\n");
  child_ends(nil_channel, DEADLOCK "goroutine 1 [chan send (nil chan)]:\n\tmain\n");
  child_ends(everyone, DEADLOCK "goroutine 1 [sync.WaitGroup.Wait]:\n\tmain\n\ngoroutine ");
  child_says(" [sync.Mutex.Lock]:\n\tlock_held\n");
  child_ends(after_the_last_ends, DEADLOCK);
  child_ends(locked_twice, DEADLOCK "goroutine 1 [sync.Mutex.Lock]:\n");
  child_ends(main_exits,
             "fatal error: no goroutines (main called go_exit) - deadlock!\n\ngoroutine 1 [exited]");
}

// ---- Deadlock and timers ----------------------------------------------------------------------------------
static void woken_by_a_timer(void) {
  chan(int64_t) c = go_make(int64_t, 1);
  go_after(c, 100 * GO_MILLISECOND);
  go_recv(c);
  _exit(7);
}

static void timer_has_fired(void) {
  chan(int64_t) c = go_make(int64_t, 1);
  go_after(c, 50 * GO_MILLISECOND);
  go_recv(c);
  go_recv(c);
}

static void timer_fires_for_nobody(void) {
  chan(int64_t) c = go_make(int64_t, 0);
  go_after(go_make(int64_t, 1), 50 * GO_MILLISECOND);
  go_recv(c);
}

static void timer_is_stopped(void) {
  chan(int64_t) c = go_make(int64_t, 1);
  go_timer t = go_ticker(c, GO_MINUTE);
  go_timer_stop(t);
  go_recv(c);
}

static void stop_it(void *p) { go_timer_stop(*(go_timer *)p); }

static void timer_is_stopped_by_the_last(void) {
  chan(int64_t) c = go_make(int64_t, 1);
  go_timer t = go_after(c, GO_MINUTE);
  go_after_func(50 * GO_MILLISECOND, stop_it, &t);
  go_recv(c);
}

static void receive_int64(void *p) { go_recv((chan(int64_t))p); }

static void callback_waits_too(void) {
  chan(int64_t) c = go_make(int64_t, 0);
  go_after_func(GO_MILLISECOND, receive_int64, c);
  go_recv(c);
}

static void ctx_is_cancelled(void) {
  go_ctx *c = go_ctx_with_timeout(go_ctx_background(), GO_MINUTE);
  go_ctx_cancel(c);
  go_recv(go_make(int, 0));
}

static void ctx_has_timed_out(void) {
  go_ctx *c = go_ctx_with_timeout(go_ctx_background(), 50 * GO_MILLISECOND);
  go_recv(go_ctx_done(c));
  go_recv(go_ctx_done(go_ctx_background()));
}

static void zero_ticker(void) { go_ticker(NULL, 0); }

static void no_deadlock_while_a_timer_is_armed(void **state) {
  assert_int_equal(child_run(woken_by_a_timer), 7);
  assert_string_equal(child_said, "");
  child_ends(timer_has_fired, DEADLOCK "goroutine 1 [chan receive]:\n\tmain\n");
  child_ends(timer_fires_for_nobody, DEADLOCK "goroutine 1 [chan receive]:\n\tmain\n");
  child_ends(timer_is_stopped, DEADLOCK "goroutine 1 [chan receive]:\n\tmain\n");
  child_ends(timer_is_stopped_by_the_last, DEADLOCK "goroutine 1 [chan receive]:\n\tmain\n");
  child_ends(callback_waits_too, DEADLOCK "goroutine 1 [chan receive]:\n\tmain\n\ngoroutine ");
  child_says("\treceive_int64\n");
  child_ends(ctx_is_cancelled, DEADLOCK "goroutine 1 [chan receive]:\n\tmain\n");
  child_ends(ctx_has_timed_out, DEADLOCK "goroutine 1 [chan receive (nil chan)]:\n\tmain\n");
  child_ends(zero_ticker, "panic: non-positive interval for NewTicker\n");
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
  assert_int_equal(child_run(woken_by_a_thread), 5);
  assert_string_equal(child_said, "");
  child_ends(thread_ends_without_waking, DEADLOCK);
  child_ends(thread_blocked_too, DEADLOCK);
  child_says("[chan receive]:\n\tthread\n");
}

// ---- Dump and SIGQUIT -------------------------------------------------------------------------------------
static void sleep_on(void *p) { go_sleep(10 * GO_SECOND); }

static void start_two(void) {
  go_func(receiver, go_make(int, 0));
  go_func(sleep_on, NULL);
  go_sleep(100 * GO_MILLISECOND);
}

static void dump_all(void) {
  start_two();
  go_dump(2);
}

static void *dump_from_thread(void *p) {
  go_dump(2);
  return NULL;
}

static void dump_in_thread(void) {
  pthread_t thread;
  start_two();
  pthread_create(&thread, NULL, dump_from_thread, NULL);
  pthread_join(thread, NULL);
}

static void dump_many(void) {
  for (int i = 0; i < 1000; i++)
    go_func(receiver, go_make(int, 0));
  go_dump(2);
}

static void quit_running(void) {
  start_two();
  kill(getpid(), SIGQUIT);
}

static void send_quit(void *p) {
  go_sleep(20 * GO_MILLISECOND);
  kill(getpid(), SIGQUIT);
  go_sleep(GO_SECOND);
}

static void quit_parked(void) {
  go_func(send_quit, NULL);
  go_recv(go_make(int, 0));
}

static void own_quit(int signal) { _exit(9); }

static void own_handler_before(void) {
  signal(SIGQUIT, own_quit);
  quit_running();
}

static void own_handler_after(void) {
  start_two();
  signal(SIGQUIT, own_quit);
  kill(getpid(), SIGQUIT);
}

static void ignored(void) {
  signal(SIGQUIT, SIG_IGN);
  quit_running();
}

static void nothing(void *p) {}

// The signal meets threads that are changing the list.
static void quit_amid_births(void) {
  go_func(send_quit, NULL);
  for (;;)
    go_func(nothing, NULL);
}

static void in_forked_child(void) {
  start_two();
  pid_t child = fork();
  if (child == 0) {
    raise(SIGQUIT);
    _exit(0);
  }
  int status;
  waitpid(child, &status, 0);
  _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

static void dump_lists_everyone(void **state) {
  assert_int_equal(child_run(dump_all), 0);
  assert_memory_equal(child_said, "goroutine 1 [running]:\n\tmain\n\ngoroutine ", 35);
  child_says(" [chan receive]:\n\treceiver\ncreated by main in goroutine 1\n\n");
  child_says(" [sleep]:\n\tsleep_on\ncreated by main in goroutine 1\n");
  assert_int_equal(child_run(dump_in_thread), 0);
  child_says(" [running]:\n\tthread\n");
  assert_int_equal(child_run(dump_many), 0);
  int listed = 0;
  for (const char *p = child_said; (p = strstr(p, "\ngoroutine ")); p++)
    listed++;
  assert_int_equal(listed, 1000);
}

static void quit_lists_everyone_and_ends(void **state) {
  child_ends(quit_running, "SIGQUIT: quit\n\ngoroutine 1 [running]:\n\tmain\n\ngoroutine ");
  child_says(" [sleep]:\n\tsleep_on\n");
  child_ends(quit_parked, "SIGQUIT: quit\n\ngoroutine 1 [chan receive]:\n\tmain\n\ngoroutine ");
  assert_int_equal(child_run(own_handler_before), 9);
  assert_int_equal(child_run(own_handler_after), 9);
  assert_int_equal(child_run(ignored), 0);
  for (int i = 0; i < 20; i++)
    child_ends(quit_amid_births, "SIGQUIT: quit\n\ngoroutine 1 [");
  child_ends(in_forked_child, "SIGQUIT: quit\n");
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
  child_ends(sleeper_blocks_in_the_end, DEADLOCK);
  child_says("[chan receive]:\n\tsleep_then_wait\n");
  assert_int_equal(child_run(woken_by_a_sleeper), 5);
  assert_int_equal(child_run(woken_by_a_deadline), 5);
  assert_int_equal(child_run(woken_from_the_kernel), 5);
  child_ends(deadlock_in_a_child, DEADLOCK);
  child_says("[chan receive]:\n\tfork_and_wait\n");
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
  child_ends(stack_overflows, "fatal error: stack overflow\n\ngoroutine 2 [running]:\n\toverflow\n");
  setenv("GO_GUARD", "mapped", 1);
  child_ends(stack_overflows, "fatal error: stack overflow\n\ngoroutine 2 [running]:\n\toverflow\n");
  unsetenv("GO_GUARD");
}

int run_misuse_tests(void) {
  signal(SIGQUIT, SIG_DFL); // a shell that runs the tests in the background has it ignored
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(misuse_ends_as_in_go),
      cmocka_unit_test(an_uncaught_panic_ends_the_program),
      cmocka_unit_test(deadlock_is_reported),
      cmocka_unit_test(no_deadlock_while_a_timer_is_armed),
      cmocka_unit_test(deadlock_waits_for_foreign_threads),
      cmocka_unit_test(dump_lists_everyone),
#if !defined(GO_THREAD_SANITIZED) && !defined(GO_OWN_DETECTOR) // within which no handler may run that is checked
      cmocka_unit_test(quit_lists_everyone_and_ends),
#endif
      cmocka_unit_test(deadlock_knows_who_wakes_by_himself),
      cmocka_unit_test(overflow_is_told),
  };
  return cmocka_run_group_tests_name("go misuse", tests, NULL, NULL);
}
