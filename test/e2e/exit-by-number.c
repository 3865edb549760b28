// The status of a process whose last thread ends by the bare system call while the detector still watches for
// deadlocks: the last thread to end decides it (Linux 6.2 and later), which may not be one of the detector's.
// RUN: %cc -O1 %s -o %t && for i in 1 2 3 4 5; do %t; test $? = 7 || exit 1; done
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

static void *ends(void *arg) { return arg; }

int main(void) {
  pthread_t t;
  pthread_create(&t, NULL, ends, NULL);
  usleep(20000);
  pthread_join(t, NULL); // waits as the only one that is left, for all that the detector knows
  syscall(SYS_exit, 7);
}
