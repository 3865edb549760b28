// fork of a threaded program leaves a working child that may start threads; each process answers for its own
// races. Many forks while other threads are inside the runtime.
// RUN: %cc -O1 %s -o %t && %clean -n 3 %t
// RUN: %cc -O1 -DRACE_IN_CHILD %s -o %t && (%t 2> %t.err; test $? = 3) && FileCheck %s < %t.err
// CHECK: WARNING: Redflag: data race
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static int shared, racy;
static volatile int stop;

static void *busy(void *arg) {
  while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
    pthread_mutex_lock(&m);
    shared++;
    pthread_mutex_unlock(&m);
    free(malloc(100));
  }
  return arg;
}

static void *touch(void *arg) {
#ifdef RACE_IN_CHILD
  racy++;
#endif
  return arg;
}

static int child(void) {
  pthread_t a, b;
  pthread_create(&a, NULL, touch, NULL);
  pthread_create(&b, NULL, touch, NULL);
  pthread_join(a, NULL);
  pthread_join(b, NULL);
  return 0;
}

int main(void) {
  pthread_t t[2];
  int wrong = 0;
  for (int i = 0; i < 2; i++)
    pthread_create(&t[i], NULL, busy, NULL);
  for (int i = 0; i < 50; i++) {
    int status;
    const pid_t pid = fork();
    if (pid == 0)
      exit(child());
    waitpid(pid, &status, 0);
    if (!WIFEXITED(status) || (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != 66))
      abort();
    wrong |= WEXITSTATUS(status) == 66;
  }
  __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
  for (int i = 0; i < 2; i++)
    pthread_join(t[i], NULL);
  return wrong ? 3 : 0;
}
