// A program that does for a given time what long-running programs do: threads that come and go, joined and
// detached, goroutines, locks, channels, mappings and heap blocks passed between threads. It has no race.
// Prints the peak of its resident memory in each quarter of its time. Usage: soak SECONDS
#include <redflag/go.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WORKERS = 3, SLOTS = 256, CELLS = 4096 };

static atomic_bool stop;
static pthread_mutex_t lock[SLOTS];
static char *slot[SLOTS]; // slot[i] is guarded by lock[i]
static size_t slot_size[SLOTS];
static long cell[CELLS]; // cell[i] is guarded by lock[i % SLOTS]
static atomic_long done, detached_alive;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static unsigned next(unsigned *seed) {
  *seed = *seed * 1664525u + 1013904223u;
  return *seed >> 8;
}

// Blocks live in a table, so that one thread frees what another has written.
static void churn_heap(unsigned *seed) {
  const unsigned i = next(seed) % SLOTS;
  const size_t n = 16 + next(seed) % (next(seed) % 16 ? 512 : 100000);
  pthread_mutex_lock(&lock[i]);
  if (slot[i])
    slot[i][slot_size[i] - 1]++;
  if (next(seed) % 4)
    slot[i] = realloc(slot[i], n);
  else {
    free(slot[i]);
    slot[i] = malloc(n);
  }
  slot_size[i] = n;
  memset(slot[i], (int)i, n);
  pthread_mutex_unlock(&lock[i]);
}

static void churn_map(unsigned *seed) {
  const size_t n = (1 + next(seed) % 64) * 4096;
  char *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED)
    return;
  for (size_t at = 0; at < n; at += 64)
    p[at]++;
  munmap(p, n);
}

static void churn_locks(unsigned *seed) {
  for (int k = 0; k < 200; k++) {
    const unsigned i = next(seed) % CELLS;
    pthread_mutex_lock(&lock[i % SLOTS]);
    cell[i]++;
    pthread_mutex_unlock(&lock[i % SLOTS]);
  }
}

static void *worker(void *arg) {
  unsigned seed = (unsigned)(size_t)arg;
  while (!atomic_load(&stop)) {
    churn_locks(&seed);
    churn_heap(&seed);
    if (next(&seed) % 8 == 0)
      churn_map(&seed);
    atomic_fetch_add_explicit(&done, 1, memory_order_relaxed);
  }
  return NULL;
}

static void *brief(void *arg) {
  unsigned seed = (unsigned)(size_t)arg;
  churn_heap(&seed);
  churn_locks(&seed);
  return NULL;
}

static void *brief_detached(void *arg) {
  brief(arg);
  atomic_fetch_sub(&detached_alive, 1);
  return NULL;
}

static void churn_threads(unsigned *seed) {
  pthread_t id[8];
  for (int i = 0; i < 8; i++)
    if (pthread_create(&id[i], NULL, brief, (void *)(size_t)next(seed)))
      exit(3);
  if (atomic_load(&detached_alive) < 16) {
    pthread_t loose;
    atomic_fetch_add(&detached_alive, 1);
    if (pthread_create(&loose, NULL, brief_detached, (void *)(size_t)next(seed)))
      exit(3);
    pthread_detach(loose);
  }
  for (int i = 0; i < 8; i++)
    pthread_join(id[i], NULL);
}

static void squares(chan(int) in, chan(int) out, go_wg *wg) {
  go_range(v, in) go_send(out, v * v);
  go_wg_done(wg);
}

static void churn_goroutines(void) {
  chan(int) in = go_make(int, 4);
  chan(int) out = go_make(int, 64);
  go_wg wg = {0};
  go_wg_add(&wg, 4);
  for (int i = 0; i < 4; i++)
    go squares(in, out, &wg);
  for (int i = 0; i < 32; i++)
    go_send(in, i);
  go_close(in);
  go_wg_wait(&wg);
  long sum = 0;
  for (int i = 0; i < 32; i++)
    sum += go_recv(out);
  if (sum != 10416)
    exit(4);
  go_free(in);
  go_free(out);
}

static long resident(void) {
  long total = 0, pages = 0;
  FILE *f = fopen("/proc/self/statm", "r");
  if (!f || fscanf(f, "%ld %ld", &total, &pages) != 2)
    exit(5);
  fclose(f);
  return pages * 4;
}

int main(int argc, char **argv) {
  const double seconds = argc > 1 ? atof(argv[1]) : 10, begin = now();
  long peak[4] = {0, 0, 0, 0}, rounds = 0;
  unsigned seed = 1;
  pthread_t id[WORKERS];
  setvbuf(stdout, NULL, _IOLBF, 0);
  for (int i = 0; i < SLOTS; i++)
    pthread_mutex_init(&lock[i], NULL);
  for (size_t i = 0; i < WORKERS; i++)
    pthread_create(&id[i], NULL, worker, (void *)(i + 1));
  for (double at; (at = now() - begin) < seconds; rounds++) {
    churn_threads(&seed);
    churn_goroutines();
    if (rounds % 64 == 0) {
      const pid_t child = fork();
      if (child == 0)
        _exit(0);
      waitpid(child, NULL, 0);
    }
    const int quarter = (int)(4 * at / seconds);
    const long kib = resident();
    if (kib > peak[quarter])
      peak[quarter] = kib;
  }
  atomic_store(&stop, true);
  for (int i = 0; i < WORKERS; i++)
    pthread_join(id[i], NULL);
  while (atomic_load(&detached_alive))
    usleep(1000);
  printf("soak: %.0f s, %ld rounds, %ld worker steps\n", seconds, rounds, atomic_load(&done));
  for (int q = 0; q < 4; q++)
    printf("soak: quarter %d peak %ld KiB\n", q + 1, peak[q]);
  return 0;
}
