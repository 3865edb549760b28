#include <pthread.h>
#include <signal.h>

static volatile int stop, caught, rounds;
static volatile sig_atomic_t hit;
static int work(int);

static void *run(void *p) {
  while (!stop) // Warn
    work(1);
  while (!caught) // OK: a handler sets it
    work(2);
  while (!hit) // OK
    work(3);
  for (int i = 0; i < rounds; i++) // OK: a bound
    work(4);
  return p;
}

static int work(int n) { return n; }

static void on_signal(int number) {
  (void)number;
  caught = 1;
  hit = 1;
}

int main(void) {
  pthread_t t;
  signal(SIGINT, on_signal);
  if (pthread_create(&t, NULL, run, NULL))
    return 1;
  rounds = 3;
  stop = 1;
  pthread_join(t, NULL);
}
