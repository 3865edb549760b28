// The program's own exit status, or 66; exitcode= changes it. Output is flushed either way.
// RUN: %cc -DSTATUS=7 %s -o %t && (%t > %t.out; test $? = 7) && grep -q out %t.out
// RUN: %cc -DSTATUS=7 -DRACE %s -o %t && (%t > %t.out 2>/dev/null; test $? = 66) && grep -q out %t.out
// RUN: (env REDFLAG_OPTIONS=exitcode=9 %t > %t.out 2>/dev/null; test $? = 9) && grep -q out %t.out
// RUN: (env REDFLAG_OPTIONS=exitcode=0 %t > %t.out 2>/dev/null; test $? = 7)
// RUN: %cc -DSTATUS=7 -DRACE -DLEAVE=_exit %s -o %t && (%t >/dev/null 2>&1; test $? = 66)
// RUN: %cc -DSTATUS=7 -DLEAVE=_exit %s -o %t && (%t >/dev/null 2>&1; test $? = 7)
// RUN: %cc -DSTATUS=7 -DRACE -DLEAVE=quick_exit %s -o %t && (%t >/dev/null 2>&1; test $? = 66)
// RUN: %cc -DSTATUS=0 -DRACE -DLEAVE=thread %s -o %t && (%t >/dev/null 2>&1; test $? = 66)
// RUN: %cc -DSTATUS=0 -DLEAVE=thread %s -o %t && %clean %t
// RUN: %cc -DSTATUS=0 -DRACE %s -o %t && (env REDFLAG_OPTIONS=halt_on_error=1 %t 2>/dev/null; test $? = 66)
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int shared;
static void *touch(void *arg) {
#ifdef RACE
  shared++;
#endif
  return arg;
}

static void thread(int status) {
  (void)status;
  pthread_exit(NULL); // main leaves, the process ends with its last thread
}

int main(void) {
  pthread_t a, b;
  pthread_create(&a, NULL, touch, NULL);
  pthread_create(&b, NULL, touch, NULL);
  pthread_join(a, NULL);
  pthread_join(b, NULL);
  printf("out\n");
#ifdef LEAVE
  fflush(stdout);
  LEAVE(STATUS);
#endif
  (void)thread;
  return STATUS;
}
