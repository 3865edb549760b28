// Threads and their process: how main leaves, fork, exec, signals, files with locks, memory that is used again.
// list: invented
// kind: clean-only
// flags: -D_GNU_SOURCE
// row: main leaves by pthread_exit | -DCASE=1
// row: fork in a thread, the child makes threads | -DCASE=2
// row: fork and exec | -DCASE=3
// row: atexit handler after joined threads | -DCASE=4
// row: destructors of thread-specific data | -DCASE=5
// row: signal handler in the thread that is interrupted | -DCASE=6
// row: signal sent by pthread_kill, handler sees what its sender wrote | -DCASE=7
// row: sigwait for a signal that another thread sends | -DCASE=8
// row: flock on two open files | -DCASE=9
// row: OFD lock on two open files | -DCASE=10
// row: blocks that the allocator gives to another thread | -DCASE=11
// row: stacks that pass from thread to thread | -DCASE=12
// row: mappings that come back at the same address | -DCASE=13
// row: process-shared mutex in shared memory | -DCASE=14
// row: process-shared semaphore in shared memory | -DCASE=15
// row: stdio from several threads | -DCASE=16
// row: 10,000 locks held at once | -DCASE=17
// row: a thread waits for its child process | -DCASE=18
// row: exit while other threads run | -DCASE=19
// row: detached threads and an atomic count | -DCASE=20
#include "row.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static long data;
static pthread_key_t key;
static volatile sig_atomic_t hit;
static char path[] = "/tmp/rowXXXXXX";

__attribute__((noinline)) static void touch(void) { data++; }

#if CASE == 9 || CASE == 10
static void lock_file(int fd, int on) {
#if CASE == 9
  flock(fd, on ? LOCK_EX : LOCK_UN);
#else
  struct flock l = {.l_type = (short)(on ? F_WRLCK : F_UNLCK), .l_whence = SEEK_SET};
  fcntl(fd, F_OFD_SETLKW, &l);
#endif
}
#endif

static void handler(int s) {
  (void)s;
  const int saved = errno;
  data++;
  hit = 1;
  errno = saved;
}

static void destructor(void *p) {
  long *own = p;
  (*own)++;
  free(own);
}

static void *work(void *arg) {
  (void)arg;
#if CASE == 1
  await_step(1);
#elif CASE == 2 || CASE == 18
  const pid_t child = fork();
  if (child == 0) {
#if CASE == 2
    touch();
#endif
    _exit(0);
  }
  waitpid(child, NULL, 0);
#elif CASE == 5
  long *own = malloc(sizeof *own);
  *own = 1;
  pthread_setspecific(key, own);
#elif CASE == 6
  raise(SIGUSR1);
#elif CASE == 7
  while (!hit)
    sched_yield();
#elif CASE == 8
  sigset_t set;
  int got;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigwait(&set, &got);
  touch();
#elif CASE == 9 || CASE == 10
  const int fd = open(path, O_RDWR);
  for (int i = 0; i < 100; i++) {
    lock_file(fd, 1);
    touch();
    lock_file(fd, 0);
  }
  close(fd);
#elif CASE == 11
  for (int i = 0; i < 500; i++) {
    char *p = malloc(24 + i % 100);
    memset(p, i, 24);
    free(p);
  }
#elif CASE == 12
  char room[5000];
  memset(room, 1, sizeof room);
  __asm__ volatile("" : : "r"(room) : "memory");
#elif CASE == 13
  for (int i = 0; i < 50; i++) {
    char *p = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(p, i, 65536);
    munmap(p, 65536);
  }
#elif CASE == 16
  for (int i = 0; i < 50; i++)
    printf("%d %s\n", i, "line");
#elif CASE == 19
  step();
  for (;;)
    pause();
#elif CASE == 20
  step();
#endif
  return NULL;
}

__attribute__((unused)) static void at_exit(void) { touch(); }

int main(int argc, char **argv) {
  (void)argc, (void)argv;
  pthread_t t;
  signal(SIGUSR1, handler);
  pthread_key_create(&key, destructor);
#if CASE == 1
  pthread_create(&t, NULL, work, NULL);
  pthread_detach(t);
  touch();
  step();
  pthread_exit(NULL);
#elif CASE == 3
  if (argc == 1) {
    pthread_create(&t, NULL, work, NULL);
    if (fork() == 0)
      execl(argv[0], argv[0], "again", NULL);
    int status;
    wait(&status);
    pthread_join(t, NULL);
    return status != 0;
  }
  run_two(work, work, NULL);
#elif CASE == 4
  atexit(at_exit);
  touch();
  run_two(work, work, NULL);
#elif CASE == 6
  pthread_create(&t, NULL, work, NULL);
  pthread_join(t, NULL);
  touch();
#elif CASE == 7
  pthread_create(&t, NULL, work, NULL);
  touch();
  pthread_kill(t, SIGUSR1);
  pthread_join(t, NULL);
  touch();
#elif CASE == 8
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &set, NULL);
  pthread_create(&t, NULL, work, NULL);
  touch();
  pthread_kill(t, SIGUSR1);
  pthread_join(t, NULL);
#elif CASE == 9 || CASE == 10
  close(mkstemp(path));
  run_two(work, work, NULL);
  unlink(path);
#elif CASE == 14 || CASE == 15
  struct {
    pthread_mutex_t m;
    sem_t s;
    long v;
  } *p = mmap(NULL, sizeof *p, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  pthread_mutexattr_t attr;
  pthread_mutexattr_init(&attr);
  pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
  pthread_mutex_init(&p->m, &attr);
  sem_init(&p->s, 1, 1);
  pthread_create(&t, NULL, work, NULL);
  const pid_t child = fork();
  for (int i = 0; i < 200; i++) {
#if CASE == 14
    pthread_mutex_lock(&p->m);
    p->v++;
    pthread_mutex_unlock(&p->m);
#else
    sem_wait(&p->s);
    p->v++;
    sem_post(&p->s);
#endif
  }
  if (child == 0)
    _exit(0);
  int status;
  waitpid(child, &status, 0);
  pthread_join(t, NULL);
  return status != 0 || p->v != 400;
#elif CASE == 17
  enum { LOCKS = 10000 };
  static pthread_mutex_t m[LOCKS];
  pthread_create(&t, NULL, work, NULL);
  for (int i = 0; i < LOCKS; i++) {
    pthread_mutex_init(&m[i], NULL);
    pthread_mutex_lock(&m[i]);
  }
  for (int i = 0; i < LOCKS; i++)
    pthread_mutex_unlock(&m[i]);
  pthread_join(t, NULL);
#elif CASE == 19
  pthread_create(&t, NULL, work, NULL);
  await_step(1);
  exit(0);
#elif CASE == 20
  for (int i = 0; i < 50; i++) {
    pthread_create(&t, NULL, work, NULL);
    pthread_detach(t);
  }
  await_step(50);
#else
  for (int i = 0; i < 20; i++)
    run_two(work, work, NULL);
#endif
  return 0;
}
