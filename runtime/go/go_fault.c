// The handler of SIGSEGV. It is installed by a raw system call: the detector's interceptor would take it for the
// program's own. A program that installs another one later has its way.
#include "go_fault.h"

#include "go_fatal.h"
#include "go_os.h"
#include "go_sched.h"
#include "go_stack.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define HANDLER_STACK ((size_t)128 << 10) // touched as needed; the report of a race may be written there

// The kernel's struct sigaction.
struct kernel_action {
  void *handler;
  unsigned long flags;
#if defined(__x86_64__)
  void (*restorer)(void);
#endif
  uint64_t mask;
};

#if defined(__x86_64__)
// How a handler returns. Debuggers and unwinders know a signal's frame by these very bytes.
void rf_go_fault_return(void);
__asm__(".text\n"
        ".hidden rf_go_fault_return\n"
        ".type rf_go_fault_return, @function\n"
        "rf_go_fault_return:\n"
        "  movq $15, %rax\n" // rt_sigreturn
        "  syscall\n"
        ".size rf_go_fault_return, . - rf_go_fault_return\n");
#define RESTORER_FLAG 0x04000000ul // SA_RESTORER, without which x86-64 delivers nothing
#else
#define RESTORER_FLAG 0ul
#endif

static struct kernel_action before;

static long set_action(const struct kernel_action *new, struct kernel_action *old) {
  return rf_go_syscall(SYS_rt_sigaction, SIGSEGV, (long)new, (long)old, sizeof new->mask, 0, 0);
}

_Noreturn void rf_go_stack_overflow(const struct goroutine *g) {
  struct go_text t;
  t.len = 0;
  rf_go_text_str(&t, "fatal error: stack overflow\n\n");
  rf_go_text_running(&t, g);
  rf_go_text_str(&t, "its stack has ");
  rf_go_text_num(&t, rf_go_stack_bytes());
  rf_go_text_str(&t, " bytes; GO_STACK sets another size\n");
  rf_go_text_flush(&t);
  __rf_host_exit(2);
}

// What happened before us happens again: the instruction faults once more when the handler returns.
static void pass_on(int signal, siginfo_t *info, void *context) {
  if (before.handler == (void *)SIG_DFL || before.handler == (void *)SIG_IGN) {
    set_action(&before, NULL);
    if (info->si_code <= 0) // sent, not a fault: nothing would repeat it
      rf_go_syscall(SYS_tgkill, rf_go_syscall(SYS_getpid, 0, 0, 0, 0, 0, 0),
                    rf_go_syscall(SYS_gettid, 0, 0, 0, 0, 0, 0), signal, 0, 0, 0);
    return;
  }
  if (before.flags & SA_RESETHAND) {
    struct kernel_action none = {.handler = (void *)SIG_DFL, .flags = RESTORER_FLAG};
#if defined(__x86_64__)
    none.restorer = rf_go_fault_return;
#endif
    set_action(&none, NULL);
  }
  ((void (*)(int, siginfo_t *, void *))before.handler)(signal, info, context);
}

static void on_fault(int signal, siginfo_t *info, void *context) {
  const struct goroutine *g = rf_go_self_carried();
  uintptr_t at = (uintptr_t)info->si_addr;
  if (g && info->si_code > 0 && at < (uintptr_t)g->stack->low && at >= (uintptr_t)g->stack->low - GO_GUARD_PAGE)
    rf_go_stack_overflow(g);
  pass_on(signal, info, context);
}

void rf_go_fault_watch(void) {
  if (set_action(NULL, &before))
    return;
  // The mask and the flags are those of the handler that may come to run.
  struct kernel_action mine = before;
  mine.handler = on_fault;
  mine.flags = (before.flags & ~(unsigned long)SA_RESETHAND) | SA_SIGINFO | SA_ONSTACK | RESTORER_FLAG;
#if defined(__x86_64__)
  mine.restorer = rf_go_fault_return;
#endif
  set_action(&mine, NULL);
}

void *rf_go_fault_stack_new(void) {
  void *p = rf_go_os_map(HANDLER_STACK);
  stack_t stack = {.ss_sp = p, .ss_size = HANDLER_STACK};
  if (p)
    rf_go_syscall(SYS_sigaltstack, (long)&stack, 0, 0, 0, 0, 0);
  return p;
}

void rf_go_fault_stack_free(void *p) {
  stack_t none = {.ss_flags = SS_DISABLE};
  rf_go_syscall(SYS_sigaltstack, (long)&none, 0, 0, 0, 0, 0);
  if (p)
    rf_go_os_unmap(p, HANDLER_STACK);
}
