// A ceiling on the detector's own memory: what it forgets costs no false report, and what comes after is found.
// row: a ceiling that is never reached | flags=-DCASE=1 | in=touch_raced | under=REDFLAG_OPTIONS=memory_limit_mb=4000 exec
// row: a ceiling that is reached again and again | flags=-DCASE=1 | in=touch_raced | says=^Redflag: degraded: memory_limit_mb is reached | under=REDFLAG_OPTIONS=memory_limit_mb=24 exec
// row: the same, counted | flags=-DCASE=1 -DRACY | only=clean | status=66 | says=forgotten$ | under=exec bash -c 'REDFLAG_OPTIONS=memory_limit_mb=24:verbosity=1 "$@" 2> >(grep KiB)' x
// row: its memory | flags=-DCASE=1 -DLESS | in=touch_raced | says=^Redflag: degraded: memory_limit_mb is reached | under=REDFLAG_OPTIONS=memory_limit_mb=24 exec
// row: a ceiling below what cannot be given up | flags=-DCASE=2 | in=touch_raced | says=^Redflag: degraded: memory_limit_mb is less | under=REDFLAG_OPTIONS=memory_limit_mb=8 exec
// row: many threads read what goes | flags=-DCASE=3 | in=touch_raced | says=^Redflag: degraded: memory_limit_mb is reached | under=REDFLAG_OPTIONS=memory_limit_mb=16 exec
// row: fork at the ceiling | flags=-DCASE=4 | in=touch_raced | says=^Redflag: degraded: memory_limit_mb is reached | under=REDFLAG_OPTIONS=memory_limit_mb=24 exec
// row: phases that are joined cost nothing that is told | flags=-DCASE=5 | in=touch_raced | under=REDFLAG_OPTIONS=memory_limit_mb=80 exec
#include "../robust.h"

#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { MIB = 1 << 20 };

static void fill(long *p, size_t bytes) {
  __asm__ volatile("" : : "r"(p) : "memory"); // it may be anywhere now
  for (size_t i = 0; i < bytes / sizeof *p; i++)
    p[i] = (long)i;
}

static void *fills(void *arg) {
  enum { BYTES = 48 * MIB };
  (void)arg;
  long *p = malloc(BYTES);
  MUST(p);
  fill(p, BYTES);
  free(p);
  return NULL;
}

static void *fills_less(void *arg) {
  enum { BYTES = 12 * MIB };
  (void)arg;
  long *p = malloc(BYTES);
  MUST(p);
  fill(p, BYTES);
  return p;
}

static void *keeps_locks(void *arg) {
  enum { LOCKS = 20000 };
  pthread_mutex_t *lock = calloc(LOCKS, sizeof *lock);
  MUST(lock);
  for (int i = 0; i < LOCKS; i++) {
    pthread_mutex_lock(&lock[i]);
    pthread_mutex_unlock(&lock[i]);
  }
  fill(calloc(MIB / 32, 1), MIB / 32);
  return arg;
}

static long shared[2 * MIB];
static void *reads(void *arg) {
  long sum = 0;
  for (int i = 0; i < 2 * MIB; i++)
    sum += ((volatile long *)shared)[i];
  return sum ? arg : NULL;
}

int main(void) {
  (void)fills, (void)fills_less, (void)keeps_locks, (void)reads;
#if CASE == 1
  run_two(fills, fills, NULL);
  race_now();
  run_two(fills, fills, NULL);
#ifdef LESS
  struct rusage u;
  MUST(!getrusage(RUSAGE_SELF, &u) && u.ru_maxrss < 190 << 10); // half of it is the program's own
#endif
#elif CASE == 2
  run_two(keeps_locks, keeps_locks, NULL);
  race_now();
#elif CASE == 3
  pthread_t t[8];
  for (int i = 0; i < 8; i++)
    MUST(!pthread_create(&t[i], NULL, reads, NULL));
  race_now();
  for (int i = 0; i < 8; i++)
    pthread_join(t[i], NULL);
#elif CASE == 4
  run_two(fills, fills, NULL);
  const pid_t child = fork();
  if (child == 0) {
    run_two(fills, fills, NULL);
    _exit(0);
  }
  int status;
  MUST(waitpid(child, &status, 0) == child && !status);
  race_now();
#elif CASE == 5
  for (int i = 0; i < 12; i++)
    run_two(fills_less, fills_less, NULL);
  race_now();
#endif
  return 0;
}
