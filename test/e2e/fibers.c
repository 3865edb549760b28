// Fibres announced by ThreadSanitizer's interface: a switch orders, one that says so does not.
// RUN: %cc -g -O1 %s -o %t && %clean -n 3 %t ordered && %racy %t unordered | FileCheck %s && %clean %t many
// RUN: clang-19 -g -O1 -fsanitize=thread -c %s -o %t.o && %cc %t.o -o %t
// RUN: %clean -n 3 %t ordered && %racy %t unordered | FileCheck %s && %clean %t many
// Collections while a fibre runs and others are parked, in a forked child too; locks that fibres hand to each other.
// RUN: %clean %t collect && %racy %t collect-unordered | FileCheck %s && %clean %t fork && %clean %t lock
// CHECK: WARNING: Redflag: data race
// CHECK: Write by fiber [[#]] `worker` at {{.*}}fibers.c:[[#]]:[[#]] in body
// CHECK: #0 body {{.*}}fibers.c
// CHECK: Earlier write by main at {{.*}}fibers.c:[[#]]:[[#]] in main
#include <pthread.h>
#include <sanitizer/tsan_interface.h>
#include <string.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

static ucontext_t main_context, fiber_context;
static char stack[1 << 16];
static void *main_fiber, *fiber;
static unsigned flags;
static int shared, stop;

static int collects, locks;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

// Each takes epoch ids; after some thousands of them, those that no cell names are collected.
static void use_up_epochs(void) {
  for (int i = 0; i < 20000; i++)
    __tsan_destroy_fiber(__tsan_create_fiber(0));
}

static void back(void) {
  __tsan_switch_to_fiber(main_fiber, flags);
  swapcontext(&fiber_context, &main_context);
}

static void body(void) {
  do {
    if (collects)
      use_up_epochs();
    shared++;
    if (locks)
      pthread_mutex_unlock(&lock);
    back();
  } while (!stop);
  back();
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";
  flags = strstr(what, "unordered") ? __tsan_switch_to_fiber_no_sync : 0;
  const int rounds = !strcmp(what, "many") ? 2000 : 3;
  const int forks = !strcmp(what, "fork");
  collects = !strncmp(what, "collect", 7) || forks;
  locks = !strcmp(what, "lock");
  main_fiber = __tsan_get_current_fiber();
  fiber = __tsan_create_fiber(0);
  __tsan_set_fiber_name(fiber, "worker");
  getcontext(&fiber_context);
  fiber_context.uc_stack.ss_sp = stack;
  fiber_context.uc_stack.ss_size = sizeof stack;
  makecontext(&fiber_context, body, 0);
  for (int i = 0; i < rounds; i++) {
    shared++;
    if (locks)
      pthread_mutex_lock(&lock);
    if (forks && i == 1 && fork() != 0) {
      int status;
      wait(&status);
      return WEXITSTATUS(status);
    }
    __tsan_switch_to_fiber(fiber, flags);
    swapcontext(&main_context, &fiber_context);
  }
  __tsan_destroy_fiber(fiber);
  for (int i = 0; rounds > 3 && i < 3000; i++) // more than can live at once
    __tsan_destroy_fiber(__tsan_create_fiber(0));
  return 0;
}
