// Limits of memory, of files, of descriptors and of processes.
// sweep: address space, from too little to enough | flags=-DCASE=1 | under=ulimit -v STEP; exec | steps=1 1000 4000 8000 16000 64000 256000 1000000 4000000 20000000 100000000 1000000000 20000000000 68000000000 68719476736 69000000000 69800000000 69900000000 69907000000 70000000000 70500000000 71000000000 72000000000 74000000000 90000000000 unlimited
// sweep: data, from too little to enough | flags=-DCASE=1 | under=ulimit -d STEP; exec | steps=1 1000 4000 8000 16000 64000 256000 1000000 4000000 20000000 1000000000 68000000000 69000000000 69800000000 69900000000 70000000000 70500000000 71000000000 72000000000 90000000000 unlimited
// row: a limit on address space that the program sets | flags=-DCASE=2 -DWHAT=RLIMIT_AS | in=touch_raced
// row: a limit on data that the program sets | flags=-DCASE=2 -DWHAT=RLIMIT_DATA | in=touch_raced
// row: no more threads than there are | flags=-DCASE=3 | in=touch_raced | needs=root
// row: the one descriptor that the loader needs | flags=-DCASE=4 | in=touch_raced | under=ulimit -n 4; exec
// row: a limit on descriptors that the program sets | flags=-DCASE=5 | in=touch_raced
// row: all descriptors closed before a race | flags=-DCASE=6 | only=clean
// row: all descriptors closed before a race, the status alone tells | flags=-DCASE=6 -DRACY | only=clean | status=66
// row: descriptors closed, stderr opened again | flags=-DCASE=7 | in=touch_raced
// row: reports to a full disk | flags=-DCASE=1 | in=touch_raced | under=REDFLAG_OPTIONS=log_path=stdout exec bash -c 'exec "$@" >/dev/full' x
// row: reports and the rest to a full disk, the status alone tells | flags=-DCASE=1 -DRACY | only=clean | status=66 | under=exec bash -c 'exec "$@" >/dev/full 2>&1' x
// row: reports to a file that may not grow | flags=-DCASE=1 | in=touch_raced | under=ulimit -f 0; REDFLAG_OPTIONS=log_path=limited exec
// row: reports to a reader that has gone | flags=-DCASE=8 | in=touch_raced | under=REDFLAG_OPTIONS=log_path=stdout exec
// row: reports to nobody, the status alone tells | flags=-DCASE=9 -DRACY | only=clean | status=66
// row: stderr does not wait for its slow reader | flags=-DCASE=10 | in=first_of_many last_of_many
// row: all memory locked | flags=-DCASE=11 | in=touch_raced
// row: memory locked without the right to | flags=-DCASE=11 -DPOOR | in=touch_raced | needs=root
// row: a memory cgroup of 64 MiB | flags=-DCASE=12 | in=touch_raced | needs=root cgroup | under=exec CGROUP
// row: a thousand mappings more than are allowed | flags=-DCASE=13 | in=touch_raced
#include "../robust.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#if CASE == 10
// Some 100 reports, each of its own lines.
static int word[400];
__attribute__((noinline)) static void first_of_many(void) {
  word[0]++;
  word[1]++;
  word[2]++;
  word[3]++;
  word[4]++;
  word[5]++;
  word[6]++;
  word[7]++;
  word[8]++;
  word[9]++;
}
__attribute__((noinline)) static void second(void) {
  word[10]++;
  word[11]++;
  word[12]++;
  word[13]++;
  word[14]++;
  word[15]++;
  word[16]++;
  word[17]++;
  word[18]++;
  word[19]++;
}
__attribute__((noinline)) static void third(void) {
  word[20]++;
  word[21]++;
  word[22]++;
  word[23]++;
  word[24]++;
  word[25]++;
  word[26]++;
  word[27]++;
  word[28]++;
  word[29]++;
}
__attribute__((noinline)) static void fourth(void) {
  word[30]++;
  word[31]++;
  word[32]++;
  word[33]++;
  word[34]++;
  word[35]++;
  word[36]++;
  word[37]++;
  word[38]++;
  word[39]++;
}
__attribute__((noinline)) static void fifth(void) {
  word[40]++;
  word[41]++;
  word[42]++;
  word[43]++;
  word[44]++;
  word[45]++;
  word[46]++;
  word[47]++;
  word[48]++;
  word[49]++;
}
__attribute__((noinline)) static void sixth(void) {
  word[50]++;
  word[51]++;
  word[52]++;
  word[53]++;
  word[54]++;
  word[55]++;
  word[56]++;
  word[57]++;
  word[58]++;
  word[59]++;
}
__attribute__((noinline)) static void seventh(void) {
  word[60]++;
  word[61]++;
  word[62]++;
  word[63]++;
  word[64]++;
  word[65]++;
  word[66]++;
  word[67]++;
  word[68]++;
  word[69]++;
}
__attribute__((noinline)) static void last_of_many(void) {
  word[70]++;
  word[71]++;
  word[72]++;
  word[73]++;
  word[74]++;
  word[75]++;
  word[76]++;
  word[77]++;
  word[78]++;
  word[79]++;
}
static void *many(void *arg) {
#ifdef RACY
  first_of_many(), second(), third(), fourth(), fifth(), sixth(), seventh(), last_of_many();
#endif
  return arg;
}
#endif

static size_t obtainable(void) {
  enum { PIECE = 10 << 20, MOST = 200 };
  void *p[MOST];
  size_t n = 0;
  while (n < MOST && (p[n] = malloc(PIECE)))
    n++;
  for (size_t i = 0; i < n; i++)
    free(p[i]);
  return n * PIECE;
}

// What this process writes to stderr from now on goes through a child that reads slowly.
static pid_t slow_reader(void) {
  int p[2];
  MUST(!pipe(p));
  const pid_t child = fork();
  if (child == 0) {
    char buffer[4000];
    close(p[1]);
    for (ssize_t n; (n = read(p[0], buffer, sizeof buffer)) > 0;) {
      usleep(2000);
      MUST(write(2, buffer, (size_t)n) == n);
    }
    _exit(0);
  }
  MUST(dup2(p[1], 2) == 2);
  close(p[0]);
  close(p[1]);
  return child;
}

static void *stays(void *arg) {
  touch_raced();
  await_step(1);
  return arg;
}

int main(void) {
  (void)obtainable, (void)slow_reader, (void)stays;
#if CASE == 2
  const struct rlimit l = {(rlim_t)300 << 20, (rlim_t)600 << 20};
  struct rlimit is;
  race_now();
  MUST(!setrlimit(WHAT, &l) && !getrlimit(WHAT, &is) && is.rlim_cur == l.rlim_cur && is.rlim_max == l.rlim_max);
  const size_t n = obtainable();
  MUST(n >= (size_t)150 << 20 && n <= (size_t)300 << 20);
  // The runtime's own needs do not count.
  for (int i = 0; i < 30; i++)
    race_now();
  MUST(obtainable() >= n / 4); // the C library keeps memory for threads' heaps
#elif CASE == 3
  const pid_t child = fork();
  if (child == 0) {
    const struct rlimit l = {4, 4};
    MUST(!setgid(65534) && !setuid(65534) && !setrlimit(RLIMIT_NPROC, &l));
    pthread_t t[10];
    int n = 0;
    for (int i = 0; i < 10 && pthread_create(&t[n], NULL, stays, NULL) == 0; i++)
      n++;
    const int failed = n < 10;
    step();
    for (int i = 0; i < n; i++)
      pthread_join(t[i], NULL);
    touch_raced();
    exit(failed ? 0 : 4);
  }
  int status;
  race_now();
  MUST(waitpid(child, &status, 0) == child && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 66));
#elif CASE == 5
  const struct rlimit none = {0, 0};
  MUST(!setrlimit(RLIMIT_NOFILE, &none));
  race_now();
#elif CASE == 6
  closefrom(0);
  race_now();
#elif CASE == 7
  const int kept = fcntl(2, F_DUPFD, 700);
  close_range(0, 600, 0);
  MUST(dup2(kept, 2) == 2);
  race_now();
#elif CASE == 8
  // log_path=stdout, which is a pipe without a reader.
  int p[2];
  MUST(!pipe(p) && dup2(p[1], 1) == 1);
  close(p[0]);
  close(p[1]);
  race_now();
#elif CASE == 9
  int p[2];
  MUST(!pipe(p) && dup2(p[1], 1) == 1 && dup2(p[1], 2) == 2);
  close(p[0]);
  close(p[1]);
  race_now();
#elif CASE == 10
  const pid_t child = slow_reader();
  fcntl(2, F_SETFL, fcntl(2, F_GETFL) | O_NONBLOCK);
  run_two(many, many, NULL);
  // The reader's end is awaited by the shell, since it has the same output.
#elif CASE == 11
#ifdef POOR
  const struct rlimit l = {1 << 20, 1 << 20};
  MUST(!setrlimit(RLIMIT_MEMLOCK, &l) && !setgid(65534) && !setuid(65534));
#endif
  race_now();
  MUST(!mlockall(MCL_CURRENT | MCL_FUTURE));
  // What is locked is not given back by the kernel: the history must go all the same.
  for (int i = 0; i < 20; i++) {
    char *q = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(q != MAP_FAILED);
    memset(q, 1, 1 << 20);
    munmap(q, 1 << 20);
    race_now();
  }
  struct rusage u;
  MUST(!getrusage(RUSAGE_SELF, &u) && u.ru_maxrss < 1 << 20); // 1 GiB
#elif CASE == 12
  for (int i = 0; i < 100; i++) {
    char *q = malloc(200000);
    MUST(q);
    memset(q, 1, 200000);
    race_now();
    free(q);
  }
#elif CASE == 13
  enum { MANY = 70000 };
  static void *at[MANY];
  int n = 0;
  while (n < MANY && (at[n] = mmap(NULL, 4096, n % 2 ? PROT_READ : PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) !=
                         MAP_FAILED)
    n++;
  const int all = n == MANY;
  for (int i = 0; i < n && i < 1000; i++)
    munmap(at[i], 4096);
  MUST(!all);
  race_now();
#else
  race_now();
#endif
  return 0;
}
