// In a child of fork nothing that was done before can race with what comes, fibers' accesses included: the memory is the
// child's alone. A fiber that goes on there is a logical thread as before.
// RUN: %cc -O1 %s -o %t && %clean %t
// RUN: %cc -O1 -DRACY %s -o %t.racy && %racy %t.racy | FileCheck %s
// CHECK: data race on variable `value`
#include <stdlib.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#define NO_SYNC 1
void *__tsan_get_current_fiber(void);
void *__tsan_create_fiber(unsigned flags);
void __tsan_switch_to_fiber(void *fiber, unsigned flags);

static ucontext_t main_context, fiber_context;
static void *main_fiber, *fiber;
static char stack[64 << 10];
static int value;

static void body(void) {
  for (;;) {
    value++;
    __tsan_switch_to_fiber(main_fiber, NO_SYNC);
    swapcontext(&fiber_context, &main_context);
  }
}

static void resume(void) {
  __tsan_switch_to_fiber(fiber, NO_SYNC);
  swapcontext(&main_context, &fiber_context);
}

int main(void) {
  main_fiber = __tsan_get_current_fiber();
  fiber = __tsan_create_fiber(0);
  getcontext(&fiber_context);
  fiber_context.uc_stack.ss_sp = stack;
  fiber_context.uc_stack.ss_size = sizeof stack;
  makecontext(&fiber_context, body, 0);
  resume();
  const pid_t child = fork();
  if (child == 0) {
    value++;
#ifdef RACY
    resume();
    value++;
#endif
    exit(0);
  }
  int status;
  waitpid(child, &status, 0);
  return WEXITSTATUS(status);
}
