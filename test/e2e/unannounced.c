// A thread that the C library starts on its own (SIGEV_THREAD) is ordered after what main did before.
// RUN: %cc -O1 %s -o %t && %clean -n 5 %t
#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <time.h>

static sem_t done;
static int before, after;

static void expired(union sigval v) {
  after = before + v.sival_int;
  sem_post(&done);
}

int main(void) {
  timer_t timer;
  struct sigevent e;
  memset(&e, 0, sizeof e);
  e.sigev_notify = SIGEV_THREAD;
  e.sigev_notify_function = expired;
  e.sigev_value.sival_int = 5;
  sem_init(&done, 0, 0);
  before = 2;
  if (timer_create(CLOCK_MONOTONIC, &e, &timer))
    return 2;
  const struct itimerspec soon = {.it_value.tv_nsec = 1000000};
  timer_settime(timer, 0, &soon, NULL);
  sem_wait(&done);
  return after != 7;
}
