// Three races and a misuse of a lock, in a process that does as its arguments say: fork, exec, killed, _exit, closefrom,
// chdir, chroot, a deadlock, status=N.
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int counter;
struct {
  int slot[4];
} table;

static void *work(void *block) {
  counter++;
  ((int *)block)[2]++;
  table.slot[1] = 3;
  return NULL;
}

static void race(void) {
  int *block = calloc(4, sizeof *block);
  pthread_t t[2];
  for (int i = 0; i < 2; i++)
    pthread_create(&t[i], NULL, work, block);
  for (int i = 0; i < 2; i++)
    pthread_join(t[i], NULL);
  free(block);
}

static void misuse(void) {
  pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_unlock(&m);
}

static void lock_twice(void) {
  pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&m);
  pthread_mutex_lock(&m);
}

static int wait_for(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

int main(int argc, char **argv) {
  int status = 0;
  for (int i = 1; i < argc; i++) {
    const char *a = argv[i];
    if (!strcmp(a, "race"))
      race();
    else if (!strcmp(a, "misuse"))
      misuse();
    else if (!strcmp(a, "fork")) {
      const pid_t child = fork();
      if (child) { // the child goes on with what follows, and the parent ends
        wait_for(child);
        break;
      }
    } else if (!strcmp(a, "fork-and-exec")) {
      const pid_t child = fork();
      if (!child)
        execlp("true", "true", (char *)NULL);
      wait_for(child);
    } else if (!strcmp(a, "exec"))
      execv("/proc/self/exe", argv + i);
    else if (!strcmp(a, "killed"))
      raise(SIGKILL);
    else if (!strcmp(a, "terminated"))
      raise(SIGTERM);
    else if (!strcmp(a, "_exit"))
      _exit(status);
    else if (!strcmp(a, "closefrom"))
      closefrom(3);
    else if (!strcmp(a, "chdir"))
      status = chdir("/") ? 99 : status;
    else if (!strcmp(a, "chroot"))
      status = chroot("/proc") || chdir("/") ? 97 : status;
    else if (!strcmp(a, "lock-twice"))
      lock_twice();
    else if (!strcmp(a, "hang"))
      pause();
    else if (!strcmp(a, "stubborn")) {
      signal(SIGTERM, SIG_IGN);
      for (;;)
        pause();
    } else if (!strncmp(a, "status=", 7))
      status = atoi(a + 7);
    else
      fprintf(stderr, "%s?\n", a), status = 98;
  }
  return status;
}
