// Handlers of pthread_atfork are checked code that runs while all others are stopped; a child of vfork leaves
// the parent's reports alone.
// RUN: %cc -O1 %s -o %t && %clean -n 3 %t
// RUN: %cc -O1 -DRACE %s -o %t && %racy %t | FileCheck %s
// CHECK: WARNING: Redflag: data race on variable `racy`
// CHECK: 1 data race reported
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static int prepared, in_parent, in_child, racy;
static atomic_int stop;

static void prepare(void) {
  pthread_mutex_lock(&m);
  prepared++;
}
static void parent(void) {
  in_parent++;
  pthread_mutex_unlock(&m);
}
static void child(void) {
  in_child++;
  pthread_mutex_unlock(&m);
}

static void *busy(void *arg) {
  while (!stop) {
    pthread_mutex_lock(&m);
    in_parent += 0;
    pthread_mutex_unlock(&m);
    free(malloc(64));
  }
  return arg;
}

static void *touch(void *arg) {
  racy++;
  return arg;
}

int main(void) {
  pthread_t t;
  pthread_atfork(prepare, parent, child);
  pthread_create(&t, NULL, busy, NULL);
  for (int i = 0; i < 30; i++) {
    int status;
    const pid_t pid = fork();
    if (pid == 0) {
      in_child++;
      _exit(in_child != 2);
    }
    if (waitpid(pid, &status, 0) != pid || status)
      return 3;
  }
  stop = 1;
  pthread_join(t, NULL);
#ifdef RACE
  pthread_create(&t, NULL, touch, NULL);
  racy++;
  pthread_join(t, NULL);
#endif
  for (int i = 0; i < 3; i++) {
    const pid_t pid = vfork();
    if (pid == 0) {
      execl("/nonexistent", "nonexistent", (char *)NULL);
      _exit(7);
    }
    int status;
    if (waitpid(pid, &status, 0) != pid || WEXITSTATUS(status) != 7)
      return 4;
  }
#ifdef RACE
  (void)touch;
#else
  touch(NULL);
#endif
  return prepared != 30 || in_parent != 30;
}
