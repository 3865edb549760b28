// What goroutines cost, kernel by kernel; go_kernels.go does the same in Go. Prints `NAME NANOSECONDS BYTES`, for one
// operation, best of some rounds; BYTES of memory for a goroutine that waits, 0 where that is not measured. Arguments:
// kernels to run, none for all.
#define REDFLAG_NO_KEYWORDS
#include <redflag/go.h>

#include "../support/resident.h"

#include <stdio.h>
#include <string.h>

static go_wg wg;

static void done(void *unused) { go_wg_done(&wg); }

// ---- spawn: goroutines that end at once, a thousand at a time ----

static void spawner(void *n) {
  for (int left = *(int *)n; left > 0; left -= 1000) {
    go_wg some = {0};
    go_wg_add(&some, 1000);
    for (int i = 0; i < 1000; i++)
      go_func((void (*)(void *))go_wg_done, &some);
    go_wg_wait(&some);
  }
  go_wg_done(&wg);
}

static void spawn(int n) {
  go_wg_add(&wg, 1);
  go_func(spawner, &n);
  go_wg_wait(&wg);
}

// ---- burst: all are started before the first is waited for ----

static void burst_all(void *n) {
  for (int i = 0; i < *(int *)n; i++)
    go_func(done, NULL);
  go_wg_done(&wg);
}

static void burst(int n) {
  go_wg_add(&wg, n + 1);
  go_func(burst_all, &n);
  go_wg_wait(&wg);
}

// ---- alive: all wait at the same time ----

static double bytes_each;

struct crowd {
  go_wg here;
  chan(int) gate;
};

static void wait_at_gate(void *p) {
  struct crowd *crowd = p;
  go_wg_done(&crowd->here);
  go_recv(crowd->gate);
  go_wg_done(&wg);
}

// The memory of the first round is what counts: later ones find it there.
static void alive(int n) {
  struct crowd crowd = {.gate = go_make(int, 0)};
  long before = resident_bytes();
  go_wg_add(&crowd.here, n);
  go_wg_add(&wg, n);
  for (int i = 0; i < n; i++)
    go_func(wait_at_gate, &crowd);
  go_wg_wait(&crowd.here);
  double each = (double)(resident_bytes() - before) / n;
  bytes_each = each > bytes_each ? each : bytes_each;
  go_close(crowd.gate);
  go_wg_wait(&wg);
  go_free(crowd.gate);
}

// ---- ping_pong: a value there and back through channels without buffer ----

struct pair {
  chan(int) there, back;
  int n;
};

static void ping(void *p) {
  struct pair *s = p;
  for (int i = 0; i < s->n; i++) {
    go_send(s->there, i);
    go_recv(s->back);
  }
  go_wg_done(&wg);
}

static void pong(void *p) {
  struct pair *s = p;
  for (int i = 0; i < s->n; i++)
    go_send(s->back, go_recv(s->there));
  go_wg_done(&wg);
}

static void ping_pong(int n) {
  struct pair s = {go_make(int, 0), go_make(int, 0), n};
  go_wg_add(&wg, 2);
  go_func(ping, &s);
  go_func(pong, &s);
  go_wg_wait(&wg);
  go_free(s.there);
  go_free(s.back);
}

// ---- buffered: a producer and a consumer, 128 places ----

static void produce(void *p) {
  struct pair *s = p;
  for (int i = 0; i < s->n; i++)
    go_send(s->there, i);
  go_close(s->there);
  go_wg_done(&wg);
}

static int64_t consumed;

static void consume(void *p) {
  struct pair *s = p;
  go_range(v, s->there) consumed += v;
  go_wg_done(&wg);
}

static void buffered(int n) {
  struct pair s = {go_make(int, 128), NULL, n};
  go_wg_add(&wg, 2);
  go_func(produce, &s);
  go_func(consume, &s);
  go_wg_wait(&wg);
  go_free(s.there);
}

// ---- mutex: eight goroutines and one counter ----

static struct {
  go_mutex mutex;
  int64_t count;
  int n;
} counter;

static void count(void *unused) {
  for (int i = 0; i < counter.n / 8; i++) {
    go_lock(&counter.mutex);
    counter.count++;
    go_unlock(&counter.mutex);
  }
  go_wg_done(&wg);
}

static void mutex(int n) {
  counter.n = n;
  go_wg_add(&wg, 8);
  for (int i = 0; i < 8; i++)
    go_func(count, NULL);
  go_wg_wait(&wg);
}

// ---- select_8: a receiver of eight channels, a sender on each ----

struct eight {
  chan(int) c[8];
  int n;
};

struct one {
  chan(int) c;
  int n;
};

static void send_some(void *p) {
  struct one *s = p;
  for (int i = 0; i < s->n; i++)
    go_send(s->c, i);
  go_wg_done(&wg);
}

static void receive_any(void *p) {
  struct eight *s = p;
  int v;
  for (int i = 0; i < s->n; i++)
    consumed += go_select(GO_RECV(s->c[0], &v), GO_RECV(s->c[1], &v), GO_RECV(s->c[2], &v), GO_RECV(s->c[3], &v),
                          GO_RECV(s->c[4], &v), GO_RECV(s->c[5], &v), GO_RECV(s->c[6], &v), GO_RECV(s->c[7], &v));
  go_wg_done(&wg);
}

static void select_8(int n) {
  struct eight s = {.n = n / 8 * 8};
  go_wg_add(&wg, 9);
  for (int i = 0; i < 8; i++) {
    s.c[i] = go_make(int, 0);
    struct one o = {s.c[i], n / 8};
    go_copy(send_some, &o, sizeof o);
  }
  go_func(receive_any, &s);
  go_wg_wait(&wg);
  for (int i = 0; i < 8; i++)
    go_free(s.c[i]);
}

// ---- fan: one who hands out, eight who work, one who collects ----

static void work(void *p) {
  struct pair *s = p;
  go_range(v, s->there) go_send(s->back, v + 1);
  go_wg_done(&wg);
}

static void collect(void *p) {
  struct pair *s = p;
  for (int i = 0; i < s->n; i++)
    consumed += go_recv(s->back);
  go_wg_done(&wg);
}

static void fan(int n) {
  struct pair s = {go_make(int, 16), go_make(int, 16), n};
  go_wg_add(&wg, 10);
  for (int i = 0; i < 8; i++)
    go_func(work, &s);
  go_func(collect, &s);
  go_func(produce, &s);
  go_wg_wait(&wg);
  go_free(s.there);
  go_free(s.back);
}

// ---- sieve: a chain of filters, one for each prime; an operation is a number that goes in ----

struct filter {
  chan(int) in, out;
  int prime;
};

static void sift(void *p) {
  struct filter *f = p;
  go_range(v, f->in) if (v % f->prime) go_send(f->out, v);
  go_close(f->out);
  go_free(f->in);
  go_wg_done(&wg);
}

static void count_up(void *p) {
  struct pair *s = p;
  for (int i = 2; i < s->n; i++)
    go_send(s->there, i);
  go_close(s->there);
  go_wg_done(&wg);
}

static void sieve(int n) {
  struct pair numbers = {go_make(int, 0), NULL, n};
  go_wg_add(&wg, 1);
  go_func(count_up, &numbers);
  chan(int) c = numbers.there;
  for (int prime; go_recv2(c, &prime);) {
    struct filter f = {c, go_make(int, 0), prime};
    go_wg_add(&wg, 1);
    go_copy(sift, &f, sizeof f);
    c = f.out;
  }
  go_wg_wait(&wg);
  go_free(c);
}

// ---- stopped: the same where all look out for a stop; an operation is a prime ----

static chan(int) sieve_stop;

static void generate(void *p) {
  for (int i = 2;; i++)
    if (go_select(GO_SEND(((struct filter *)p)->out, &i), GO_RECV(sieve_stop, NULL)) == 1)
      break;
  go_wg_done(&wg);
}

static void filter(void *p) {
  struct filter *f = p;
  for (int v;;) {
    if (go_select(GO_RECV(f->in, &v), GO_RECV(sieve_stop, NULL)) == 1)
      break;
    if (v % f->prime && go_select(GO_SEND(f->out, &v), GO_RECV(sieve_stop, NULL)) == 1)
      break;
  }
  go_wg_done(&wg);
}

#define PRIMES_MOST 2000
static chan(int) links[PRIMES_MOST + 1];

static void primes(void *n) {
  chan(int) c = links[0];
  for (int i = 0; i < *(int *)n; i++) {
    struct filter f = {c, links[i + 1], go_recv(c)};
    go_wg_add(&wg, 1);
    go_copy(filter, &f, sizeof f);
    c = f.out;
  }
  go_close(sieve_stop);
  go_wg_done(&wg);
}

static void stopped(int n) {
  sieve_stop = go_make(int, 0);
  for (int i = 0; i <= n; i++)
    links[i] = go_make(int, 0);
  struct filter source = {NULL, links[0], 0};
  go_wg_add(&wg, 2);
  go_copy(generate, &source, sizeof source);
  go_func(primes, &n);
  go_wg_wait(&wg);
  for (int i = 0; i <= n; i++)
    go_free(links[i]);
  go_free(sieve_stop);
}

// ---- yield: eight goroutines that let each other run ----

static void yield_often(void *n) {
  for (int i = 0; i < *(int *)n / 8; i++)
    go_yield();
  go_wg_done(&wg);
}

static void yield(int n) {
  go_wg_add(&wg, 8);
  for (int i = 0; i < 8; i++)
    go_func(yield_often, &n);
  go_wg_wait(&wg);
}

static const struct kernel {
  const char *name;
  void (*run)(int n);
  int n;
} kernels[] = {
    {"spawn", spawn, 1000000},  {"burst", burst, 100000},     {"alive", alive, 100000},
    {"ping_pong", ping_pong, 300000}, {"buffered", buffered, 1000000}, {"mutex", mutex, 1000000},
    {"select_8", select_8, 200000},   {"fan", fan, 200000},           {"sieve", sieve, 4000},
    {"stopped", stopped, 400},        {"yield", yield, 1000000},
};

#define ROUNDS 5

static void measure(const struct kernel *k) {
  double best = 0;
  for (int i = 0; i < ROUNDS; i++) {
    int64_t before = go_now();
    k->run(k->n);
    double each = (double)(go_now() - before) / k->n;
    best = i == 0 || each < best ? each : best;
  }
  printf("%s %.1f %.0f\n", k->name, best, bytes_each);
  bytes_each = 0;
  fflush(stdout);
}

int main(int argc, char **argv) {
  for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++) {
    int wanted = argc == 1;
    for (int a = 1; a < argc; a++)
      wanted |= !strcmp(argv[a], kernels[i].name);
    if (wanted)
      measure(&kernels[i]);
  }
  return 0;
}
