// Each primitive of the goroutine library does what Go's does.
#include "go_tests.h"

#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

// ---- Goroutines --------------------------------------------------------------------------------------------
struct job {
  go_wg *wg;
  int *out;
  int n;
};

static void add_job(void *p) {
  struct job *job = p;
  go_add(job->out, job->n);
  go_wg_done(job->wg);
}

static void func_runs_with_its_argument(void **state) {
  go_wg wg = {0};
  int sum = 0;
  struct job job = {&wg, &sum, 7};
  go_wg_add(&wg, 1);
  go_func(add_job, &job);
  go_wg_wait(&wg);
  assert_int_equal(sum, 7);
}

static void copy_is_made_at_the_call(void **state) {
  go_wg wg = {0};
  int sum = 0;
  struct job job = {&wg, &sum, 0};
  for (job.n = 1; job.n <= 100; job.n++) {
    go_wg_add(&wg, 1);
    go_copy(add_job, &job, sizeof job);
  }
  memset(&job, 0xff, sizeof job);
  go_wg_wait(&wg);
  assert_int_equal(sum, 5050);
}

struct identity {
  chan(uint64_t) ids;
  chan(const char *) names;
};

static void tell_identity(void *p) {
  struct identity *identity = p;
  go_send(identity->ids, go_id());
  go_send(identity->names, go_name());
}

static void goroutines_have_ids_and_names(void **state) {
  struct identity identity = {go_make(uint64_t, 0), go_make(const char *, 0)};
  assert_int_equal(go_id(), 1);
  assert_string_equal(go_name(), "main");
  go_func(tell_identity, &identity);
  assert_true(go_recv(identity.ids) > 1);
  assert_string_equal(go_recv(identity.names), "tell_identity");
  go_free(identity.ids);
  go_free(identity.names);
}

static void exit_from_a_depth(int depth) {
  if (depth > 0)
    exit_from_a_depth(depth - 1);
  else
    go_exit();
  fail();
}

static void exits(void *p) {
  go_wg_done(p);
  exit_from_a_depth(10);
}

static void exit_ends_only_the_goroutine(void **state) {
  go_wg wg = {0};
  for (int i = 0; i < 100; i++) {
    go_wg_add(&wg, 1);
    go_func(exits, &wg);
  }
  go_wg_wait(&wg);
}

static void wait_for_close(void *p) { go_recv((chan(int))p); }

static void num_counts_the_living(void **state) {
  while (go_num() != 1)
    go_sleep(GO_MILLISECOND);
  chan(int) c = go_make(int, 0);
  for (int i = 0; i < 10; i++)
    go_func(wait_for_close, c);
  assert_int_equal(go_num(), 11);
  go_close(c);
  while (go_num() != 1)
    go_sleep(GO_MILLISECOND);
  go_free(c);
}

// ---- Wait group --------------------------------------------------------------------------------------------
static void wait_without_add_returns(void **state) {
  go_wg wg = {0};
  go_wg_wait(&wg);
}

static void wg_is_reusable(void **state) {
  go_wg wg = {0};
  int sum = 0;
  struct job job = {&wg, &sum, 1};
  for (int round = 1; round <= 50; round++) {
    go_wg_add(&wg, 4);
    for (int i = 0; i < 4; i++)
      go_func(add_job, &job);
    go_wg_wait(&wg);
    assert_int_equal(go_load(&sum), 4 * round);
  }
}

struct gate {
  go_wg enter, leave;
};

static void pass_gate(void *p) {
  struct gate *gate = p;
  go_wg_wait(&gate->enter);
  go_wg_done(&gate->leave);
}

static void done_wakes_every_waiter(void **state) {
  struct gate gate = {{0}, {0}};
  go_wg_add(&gate.enter, 1);
  for (int i = 0; i < 20; i++) {
    go_wg_add(&gate.leave, 1);
    go_func(pass_gate, &gate);
  }
  go_sleep(5 * GO_MILLISECOND);
  go_wg_done(&gate.enter);
  go_wg_wait(&gate.leave);
}

// ---- Mutexes -----------------------------------------------------------------------------------------------
#define WORKERS 8
#define ROUNDS 20000

struct shared {
  go_mutex mutex;
  go_rwmutex rw;
  go_wg wg;
  int64_t value, copy;
  int trouble;
};

static void add_locked(void *p) {
  struct shared *s = p;
  for (int i = 0; i < ROUNDS; i++) {
    go_lock(&s->mutex);
    s->value++;
    go_unlock(&s->mutex);
  }
  go_wg_done(&s->wg);
}

static void mutex_excludes(void **state) {
  struct shared s = {0};
  go_wg_add(&s.wg, WORKERS);
  for (int i = 0; i < WORKERS; i++)
    go_func(add_locked, &s);
  go_wg_wait(&s.wg);
  assert_int_equal(s.value, WORKERS * ROUNDS);
}

static void hold_long(void *p) {
  struct shared *s = p;
  for (int i = 0; i < 20; i++) {
    go_lock(&s->mutex);
    go_sleep(2 * GO_MILLISECOND);
    s->value++;
    go_unlock(&s->mutex);
  }
  go_wg_done(&s->wg);
}

static void mutex_is_handed_over_to_the_patient(void **state) {
  struct shared s = {0};
  go_wg_add(&s.wg, 3);
  for (int i = 0; i < 3; i++)
    go_func(hold_long, &s);
  go_sleep(3 * GO_MILLISECOND);
  int64_t before = go_now();
  go_lock(&s.mutex);
  assert_true(go_now() - before < 60 * GO_MILLISECOND);
  go_unlock(&s.mutex);
  go_wg_wait(&s.wg);
  assert_int_equal(s.value, 60);
}

static void trylock_tells(void **state) {
  go_mutex m = {0};
  assert_true(go_trylock(&m));
  assert_false(go_trylock(&m));
  go_unlock(&m);
  assert_true(go_trylock(&m));
  go_unlock(&m);
}

static void rw_writer(void *p) {
  struct shared *s = p;
  for (int i = 0; i < ROUNDS / 10; i++) {
    go_wlock(&s->rw);
    s->value++;
    s->copy++;
    go_wunlock(&s->rw);
  }
  go_wg_done(&s->wg);
}

static void rw_reader(void *p) {
  struct shared *s = p;
  for (int i = 0; i < ROUNDS / 10; i++) {
    go_rlock(&s->rw);
    if (s->value != s->copy)
      go_store(&s->trouble, 1);
    go_runlock(&s->rw);
  }
  go_wg_done(&s->wg);
}

static void rwmutex_excludes_writers(void **state) {
  struct shared s = {0};
  go_wg_add(&s.wg, WORKERS);
  for (int i = 0; i < WORKERS; i++)
    go_func(i % 4 ? rw_reader : rw_writer, &s);
  go_wg_wait(&s.wg);
  assert_int_equal(s.value, WORKERS / 4 * (ROUNDS / 10));
  assert_int_equal(s.trouble, 0);
}

static void rwmutex_admits_many_readers(void **state) {
  go_rwmutex m = {0};
  go_rlock(&m);
  assert_true(go_tryrlock(&m));
  assert_false(go_trywlock(&m));
  go_runlock(&m);
  go_runlock(&m);
  assert_true(go_trywlock(&m));
  assert_false(go_tryrlock(&m));
  go_wunlock(&m);
}

static void lock_for_writing(void *p) {
  struct shared *s = p;
  go_wlock(&s->rw);
  go_wunlock(&s->rw);
  go_wg_done(&s->wg);
}

static void waiting_writer_keeps_readers_out(void **state) {
  struct shared s = {0};
  go_rlock(&s.rw);
  go_wg_add(&s.wg, 1);
  go_func(lock_for_writing, &s);
  go_sleep(20 * GO_MILLISECOND);
  assert_false(go_tryrlock(&s.rw));
  go_runlock(&s.rw);
  go_wg_wait(&s.wg);
  assert_true(go_tryrlock(&s.rw));
  go_runlock(&s.rw);
}

// ---- Once, condition variables -----------------------------------------------------------------------------
static go_once once;
static int once_runs;

static void once_body(void *p) {
  go_sleep(5 * GO_MILLISECOND);
  once_runs++;
}

static void call_once(void *p) {
  go_once_do(&once, once_body, NULL);
  if (once_runs != 1)
    fail();
  go_wg_done(p);
}

static void once_runs_once_and_all_wait_for_it(void **state) {
  go_wg wg = {0};
  go_wg_add(&wg, 10);
  for (int i = 0; i < 10; i++)
    go_func(call_once, &wg);
  go_wg_wait(&wg);
  assert_int_equal(once_runs, 1);
}

struct ring {
  go_mutex mutex;
  go_cond changed;
  int filled, taken;
  go_wg wg;
};

static void take_items(void *p) {
  struct ring *r = p;
  go_lock(&r->mutex);
  for (int i = 0; i < 1000; i++) {
    while (r->filled == 0)
      go_cond_wait(&r->changed, &r->mutex);
    r->filled--;
    r->taken++;
    go_cond_broadcast(&r->changed);
  }
  go_unlock(&r->mutex);
  go_wg_done(&r->wg);
}

static void cond_loses_no_signal(void **state) {
  struct ring r = {0};
  go_wg_add(&r.wg, 3);
  for (int i = 0; i < 3; i++)
    go_func(take_items, &r);
  go_lock(&r.mutex);
  for (int i = 0; i < 3000; i++) {
    while (r.filled == 5)
      go_cond_wait(&r.changed, &r.mutex);
    r.filled++;
    go_cond_signal(&r.changed);
  }
  // The last signal may have been meant for a taker and have found main: wake the takers for the rest.
  while (r.filled > 0) {
    go_cond_broadcast(&r.changed);
    go_cond_wait(&r.changed, &r.mutex);
  }
  go_unlock(&r.mutex);
  go_wg_wait(&r.wg);
  assert_int_equal(r.taken, 3000);
}

// ---- Channels ----------------------------------------------------------------------------------------------
typedef struct point {
  char name[13];
  double x, y;
} point;

static void send_numbers(void *p) {
  chan(int) c = p;
  for (int i = 1; i <= 1000; i++)
    go_send(c, i);
  go_close(c);
}

static int64_t sum_through(int cap) {
  chan(int) c = go_make(int, cap);
  int64_t sum = 0;
  int last = 0;
  go_func(send_numbers, c);
  go_range(v, c) {
    assert_int_equal(v, last + 1); // in order
    last = v;
    sum += v;
  }
  go_free(c);
  return sum;
}

static void values_come_in_order(void **state) {
  assert_int_equal(sum_through(0), 500500);
  assert_int_equal(sum_through(1), 500500);
  assert_int_equal(sum_through(64), 500500);
}

static void structs_go_through(void **state) {
  chan(point) c = go_make(point, 2);
  point p = {"corner", 1.5, -2};
  go_send(c, p);
  p.x = 0;
  point q = go_recv(c);
  assert_string_equal(q.name, "corner");
  assert_true(q.x == 1.5 && q.y == -2);
  go_free(c);
}

static void closed_channel_gives_what_is_left_then_zero(void **state) {
  chan(int) c = go_make(int, 3);
  int v = 9;
  go_send(c, 1);
  go_send(c, 2);
  assert_int_equal(go_len(c), 2);
  assert_int_equal(go_cap(c), 3);
  go_close(c);
  assert_true(go_recv2(c, &v));
  assert_int_equal(go_recv(c), 2);
  assert_false(go_recv2(c, &v));
  assert_int_equal(v, 0);
  assert_int_equal(go_recv(c), 0);
  go_free(c);
}

static void range_can_break_and_continue(void **state) {
  chan(int) c = go_make(int, 10);
  int sum = 0;
  for (int i = 0; i < 10; i++)
    go_send(c, i);
  go_range(v, c) {
    if (v == 2)
      continue;
    if (v == 5)
      break;
    sum += v;
  }
  assert_int_equal(sum, 0 + 1 + 3 + 4);
  assert_int_equal(go_len(c), 4);
  go_free(c);
}

struct crowd {
  chan(int) c;
  go_wg senders, receivers;
  int64_t sum;
};

static void crowd_send(void *p) {
  struct crowd *crowd = p;
  for (int i = 1; i <= 2000; i++)
    go_send(crowd->c, i);
  go_wg_done(&crowd->senders);
}

static void crowd_receive(void *p) {
  struct crowd *crowd = p;
  go_range(v, crowd->c) go_add(&crowd->sum, v);
  go_wg_done(&crowd->receivers);
}

static void crowd_through(int cap) {
  struct crowd crowd = {go_make(int, cap), {0}, {0}, 0};
  go_wg_add(&crowd.senders, 6);
  go_wg_add(&crowd.receivers, 6);
  for (int i = 0; i < 6; i++) {
    go_func(crowd_send, &crowd);
    go_func(crowd_receive, &crowd);
  }
  go_wg_wait(&crowd.senders);
  go_close(crowd.c);
  go_wg_wait(&crowd.receivers);
  assert_int_equal(crowd.sum, 6 * 2001000);
  go_free(crowd.c);
}

static void nothing_is_lost_among_many(void **state) {
  crowd_through(0);
  crowd_through(1);
  crowd_through(7);
}

// ---- Time, atomics, foreign threads, size ------------------------------------------------------------------
static void sleep_takes_its_time(void **state) {
  int64_t before = go_now();
  go_sleep(20 * GO_MILLISECOND);
  int64_t took = go_now() - before;
  assert_true(took >= 20 * GO_MILLISECOND && took < 2 * GO_SECOND);
  go_sleep(-1);
}

static void atomics_have_go_meaning(void **state) {
  int32_t a = 2;
  uint64_t b = 0;
  int *p = NULL, x = 0;
  assert_int_equal(go_add(&a, 4), 6);
  assert_int_equal(go_add(&a, -1), 5);
  assert_true(go_add(&b, -1) == UINT64_MAX);
  go_store(&a, 1);
  assert_int_equal(go_load(&a), 1);
  assert_int_equal(go_swap(&a, 8), 1);
  assert_true(go_cas(&a, 8, 9));
  assert_false(go_cas(&a, 8, 10));
  assert_int_equal(a, 9);
  assert_true(go_cas(&p, NULL, &x));
  assert_ptr_equal(go_load(&p), &x);
}

static void *foreign_send(void *p) {
  for (int i = 0; i < 100; i++)
    go_send((chan(int))p, i);
  return NULL;
}

static void a_thread_of_the_program_may_use_channels(void **state) {
  chan(int) c = go_make(int, 0);
  pthread_t thread;
  int sum = 0;
  assert_int_equal(pthread_create(&thread, NULL, foreign_send, c), 0);
  for (int i = 0; i < 100; i++)
    sum += go_recv(c);
  pthread_join(thread, NULL);
  assert_int_equal(sum, 4950);
  go_free(c);
}

static void child_of_fork(void) {
  chan(int) c = go_make(int, 0);
  int sum = 0;
  go_func(send_numbers, c);
  go_range(v, c) sum += v;
  _exit(sum == 500500 && go_num() <= 2 ? 7 : 1);
}

static void a_child_of_fork_starts_goroutines_of_its_own(void **state) {
  chan(int) block = go_make(int, 0);
  go_wg wg = {0};
  go_func(wait_for_close, block); // lost to the child
  go_wg_add(&wg, 1);
  go_func(exits, &wg); // leaves an idle carrier behind
  go_wg_wait(&wg);
  go_sleep(20 * GO_MILLISECOND);
  pid_t child = fork();
  if (child == 0)
    child_of_fork();
  int status = 0;
  waitpid(child, &status, 0);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 7);
  go_close(block);
  while (go_num() != 1)
    go_sleep(GO_MILLISECOND);
  go_free(block);
}

static void ten_thousand_block_at_once(void **state) {
  chan(int) c = go_make(int, 0);
  while (go_num() != 1)
    go_sleep(GO_MILLISECOND);
  for (int i = 0; i < 10000; i++)
    go_func(wait_for_close, c);
  assert_int_equal(go_num(), 10001);
  go_close(c);
  while (go_num() != 1)
    go_sleep(GO_MILLISECOND);
  go_free(c);
}

int main(void) {
#ifdef GO_THREAD_SANITIZED
  cmocka_set_skip_filter("*deadlock*");
#endif
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(func_runs_with_its_argument),
      cmocka_unit_test(copy_is_made_at_the_call),
      cmocka_unit_test(goroutines_have_ids_and_names),
      cmocka_unit_test(exit_ends_only_the_goroutine),
      cmocka_unit_test(num_counts_the_living),
      cmocka_unit_test(wait_without_add_returns),
      cmocka_unit_test(wg_is_reusable),
      cmocka_unit_test(done_wakes_every_waiter),
      cmocka_unit_test(mutex_excludes),
      cmocka_unit_test(mutex_is_handed_over_to_the_patient),
      cmocka_unit_test(trylock_tells),
      cmocka_unit_test(rwmutex_excludes_writers),
      cmocka_unit_test(rwmutex_admits_many_readers),
      cmocka_unit_test(waiting_writer_keeps_readers_out),
      cmocka_unit_test(once_runs_once_and_all_wait_for_it),
      cmocka_unit_test(cond_loses_no_signal),
      cmocka_unit_test(values_come_in_order),
      cmocka_unit_test(structs_go_through),
      cmocka_unit_test(closed_channel_gives_what_is_left_then_zero),
      cmocka_unit_test(range_can_break_and_continue),
      cmocka_unit_test(nothing_is_lost_among_many),
      cmocka_unit_test(sleep_takes_its_time),
      cmocka_unit_test(atomics_have_go_meaning),
      cmocka_unit_test(a_thread_of_the_program_may_use_channels),
#ifndef GO_THREAD_SANITIZED // it does not know that in the child the other threads are gone
      cmocka_unit_test(a_child_of_fork_starts_goroutines_of_its_own),
#endif
      cmocka_unit_test(ten_thousand_block_at_once),
  };
  int failed = run_misuse_tests(); // first: they fork, and want no other thread alive
  failed += cmocka_run_group_tests_name("go", tests, NULL, NULL);
  failed += run_select_tests() + run_task_tests();
  return failed != 0;
}
