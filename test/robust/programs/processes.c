// Processes made and replaced while many threads are at work.
// row: main forks, the child ends by exit | flags=-DCASE=1 | in=touch_raced
// row: main forks, the child ends by _exit | flags=-DCASE=2 | in=touch_raced
// row: main forks, the child executes | flags=-DCASE=3 | in=touch_raced
// row: every thread forks | flags=-DCASE=4 | in=touch_raced
// row: the child makes threads, and its verdict is its own | flags=-DCASE=5 | racy=7 | in=touch_raced
// row: _Fork | flags=-DCASE=6 | in=touch_raced
// row: fork, clone and clone3 by number | flags=-DCASE=7 | in=touch_raced
// row: clone with and without memory of its own | flags=-DCASE=8 | in=touch_raced
// row: vfork from all threads | flags=-DCASE=9 | in=touch_raced
// row: posix_spawn from all threads | flags=-DCASE=10 | in=touch_raced
// row: system and popen from all threads | flags=-DCASE=11 | in=touch_raced
// row: a thread executes an instrumented program while others work | flags=-DCASE=12 | in=touch_raced
// row: a thread executes after a race, the program executed has none | flags=-DCASE=13 | racy=0 | in=touch_raced
// row: fork in a signal handler | flags=-DCASE=14 | in=touch_raced
// row: fork within fork, five deep | flags=-DCASE=15 | in=touch_raced
// row: daemon | flags=-DCASE=16 | racy=0 | in=touch_raced
#include "../robust.h"

#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

extern char **environ;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static long counted;
static int stop;
static char *self;

// Locks, memory, and in the racy program reports that are new ones for a while.
static void *busy(void *arg) {
  while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
    pthread_mutex_lock(&m);
    counted++;
    pthread_mutex_unlock(&m);
    char *p = malloc(2000);
    p[0] = 1;
    free(p);
#if CASE != 5 && CASE != 16
    touch_raced();
#endif
  }
  return arg;
}

static void wait_for(pid_t child, int expected) {
  int status;
  MUST(child > 0);
  while (waitpid(child, &status, __WALL) != child)
    MUST(errno == EINTR);
  if (!WIFEXITED(status) || (WEXITSTATUS(status) != expected && WEXITSTATUS(status) != 66)) {
    fprintf(stderr, "child's status %x\n", status);
    GIVE_UP();
  }
}

// What a child may do after all of these: locks and memory that were in use.
static int in_child(void) {
  pthread_mutex_t own = PTHREAD_MUTEX_INITIALIZER;
  for (int i = 0; i < 50; i++) {
    pthread_mutex_lock(&own);
    free(malloc(3000));
    pthread_mutex_unlock(&own);
  }
  return 5;
}

#if CASE == 8
static int clone_main(void *arg) { return in_child(); }
static int shared_main(void *arg) { _exit(5); }
#endif

#if CASE == 14
static int forked;
static void forker(int s) {
  const int error = errno;
  const pid_t child = fork();
  if (child == 0)
    _exit(5);
  int status;
  if (waitpid(child, &status, 0) == child && status == 5 << 8)
    __atomic_fetch_add(&forked, 1, __ATOMIC_RELAXED);
  errno = error;
}
#endif

#if CASE == 15
static void hold_locks(void) {
  pthread_mutex_lock(&m);
  pthread_mutex_lock(&raced_lock);
}
static void give_locks(void) {
  pthread_mutex_unlock(&raced_lock);
  pthread_mutex_unlock(&m);
}
#endif

static void step_of_all(void) {
#if CASE == 4
  const pid_t child = fork();
  if (child == 0)
    exit(in_child());
  wait_for(child, 5);
#elif CASE == 9
  const pid_t child = vfork();
  if (child == 0) {
    execl("/bin/sh", "sh", "-c", "exit 5", NULL);
    _exit(6);
  }
  wait_for(child, 5);
#elif CASE == 10
  pid_t child;
  char *const argv[] = {"sh", "-c", "exit 5", NULL};
  MUST(!posix_spawn(&child, "/bin/sh", NULL, NULL, argv, environ));
  wait_for(child, 5);
#elif CASE == 11
  MUST(system("exit 5") == 5 << 8);
  FILE *f = popen("echo 12345", "r");
  int n = 0;
  MUST(f && fscanf(f, "%d", &n) == 1 && n == 12345);
  MUST(pclose(f) == 0);
#endif
}
static void *all(void *arg) {
  for (int i = 0; i < 8; i++)
    step_of_all();
  return arg;
}

#if CASE == 12 || CASE == 13
static void *executes(void *arg) {
#if CASE == 13
  touch_raced();
#endif
  execl(self, self, "again", NULL);
  GIVE_UP();
}
#endif

int main(int argc, char **argv) {
  enum { BUSY = 3 };
  pthread_t id[BUSY];
  self = argv[0];
  if (argc > 1) {
#if CASE != 13
    race_now();
#endif
    return argc > 2 ? 5 : 0;
  }
  for (int i = 0; i < BUSY; i++)
    MUST(!pthread_create(&id[i], NULL, busy, NULL));
#if CASE == 1 || CASE == 2 || CASE == 3 || CASE == 5
  for (int i = 0; i < 25; i++) {
    const pid_t child = fork();
    if (child == 0) {
#if CASE == 1
      exit(in_child());
#elif CASE == 2
      _exit(in_child());
#elif CASE == 3
      execl(self, self, "again", "5", NULL);
      _exit(6);
#else
      race_now();
      exit(5);
#endif
    }
    int status;
    while (waitpid(child, &status, 0) != child)
      ;
    MUST(WIFEXITED(status));
#if CASE == 3 || CASE == 5
#ifdef RACY
    MUST(WEXITSTATUS(status) == 66);
#else
    MUST(WEXITSTATUS(status) == 5);
#endif
#else
    MUST(WEXITSTATUS(status) == 5);
#endif
  }
#elif CASE == 4 || CASE == 9 || CASE == 10 || CASE == 11
  run_two(all, all, NULL);
#elif CASE == 6
  for (int i = 0; i < 25; i++) {
    const pid_t child = _Fork();
    if (child == 0)
      _exit(in_child());
    wait_for(child, 5);
  }
#elif CASE == 7
  for (int i = 0; i < 25; i++) {
    struct clone_args a = {.exit_signal = SIGCHLD};
    const long child = i % 3 == 0   ? syscall(SYS_fork)
                       : i % 3 == 1 ? syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)
                                    : syscall(SYS_clone3, &a, sizeof a);
    if (child == 0)
      _exit(in_child());
    wait_for((pid_t)child, 5);
  }
#elif CASE == 8
  static char room[256 << 10] __attribute__((aligned(16)));
  for (int i = 0; i < 25; i++) {
    wait_for(clone(clone_main, room + sizeof room, SIGCHLD, NULL), 5);
    wait_for(clone(shared_main, room + sizeof room, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL), 5);
  }
#elif CASE == 12 || CASE == 13
  usleep(20000);
  pthread_t t;
  pthread_create(&t, NULL, executes, NULL);
  pthread_join(t, NULL);
#elif CASE == 14
  signal(SIGUSR1, forker);
  for (int i = 0; i < 20; i++)
    pthread_kill(id[i % BUSY], SIGUSR1), usleep(2000);
  for (int i = 0; i < 1000 && __atomic_load_n(&forked, __ATOMIC_RELAXED) < 10; i++)
    usleep(10000);
  MUST(__atomic_load_n(&forked, __ATOMIC_RELAXED) >= 10);
#elif CASE == 15
  pthread_atfork(hold_locks, give_locks, give_locks);
  int level = 0;
  pid_t child;
  while (level < 5 && (child = fork()) == 0) {
    level++;
    for (int i = 0; i < BUSY; i++)
      MUST(!pthread_create(&id[i], NULL, busy, NULL));
  }
  if (level < 5)
    wait_for(child, 5);
  if (level) {
    __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
    for (int i = 0; i < BUSY; i++)
      pthread_join(id[i], NULL);
    return 5;
  }
#elif CASE == 16
  // The parent ends at once; the child keeps the descriptors and tells through them.
  usleep(20000);
  MUST(!daemon(1, 1));
  race_now();
  return 0;
#endif
#if CASE != 16
  __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
  for (int i = 0; i < BUSY; i++)
    pthread_join(id[i], NULL);
#if CASE == 5 && defined RACY
  return 7; // no race of the parent's own
#endif
#endif
  return 0;
}
