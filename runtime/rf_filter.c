#include "rf_filter.h"

#include "rf_host.h"
#include "rf_runtime.h"
#include "rf_sys.h"
#include "rf_text.h"

#include <asm/ioctls.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>

enum { CALL_MMAP, CALL_WRITE };

// The calls that reports and records can do with or without, with arguments as the runtime gives them.
static const struct call {
  const char *name;
  int number;
  uint64_t args[6];
} calls[] = {
#define CALL(name, ...) {#name, SYS_##name, {__VA_ARGS__}}
    [CALL_MMAP] = CALL(mmap, 0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1u),
    [CALL_WRITE] = CALL(write, 2, 0, 4096),
    CALL(munmap, 4096, 4096),
    CALL(madvise, 4096, 4096, MADV_DONTNEED),
    CALL(membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED),
    CALL(openat, (uint32_t)AT_FDCWD, 0, O_RDONLY | O_CLOEXEC),
    CALL(close, 3),
    CALL(read, 3, 0, 4096),
    CALL(ioctl, 2, TCGETS),
    CALL(ppoll, 0, 1),
    CALL(sched_yield),
    CALL(nanosleep),
    CALL(clock_gettime, 1),
    CALL(futex, 4096, FUTEX_WAIT_PRIVATE),
    CALL(getpid),
    CALL(gettid),
    CALL(rt_sigprocmask, SIG_SETMASK, 4096, 4096, 8),
    CALL(rt_sigpending, 4096, 8),
    CALL(rt_sigtimedwait, 4096, 0, 4096, 8),
    CALL(rt_tgsigqueueinfo),
    CALL(tgkill),
    CALL(process_vm_readv),
    CALL(prlimit64),
    CALL(readlink),
    CALL(socketpair),
    CALL(clone),
    CALL(fstat, 3),
    CALL(fcntl, 3, F_DUPFD_CLOEXEC),
    CALL(getsockname, 3),
    CALL(getpeername, 3),
    CALL(exit_group),
};
#define CALLS (sizeof calls / sizeof *calls)

uint8_t rf_sys_forbidden[RF_SYS_NUMBERS];
bool rf_sys_filtered;
static uint8_t before[RF_SYS_NUMBERS];

// ---- Classic BPF, as far as seccomp allows it ----

static uint32_t alu(uint32_t a, uint16_t op, uint32_t b) {
  switch (op) {
  case BPF_ADD: return a + b;
  case BPF_SUB: return a - b;
  case BPF_MUL: return a * b;
  case BPF_DIV: return b ? a / b : 0;
  case BPF_OR: return a | b;
  case BPF_AND: return a & b;
  case BPF_XOR: return a ^ b;
  case BPF_LSH: return b < 32 ? a << b : 0;
  case BPF_RSH: return b < 32 ? a >> b : 0;
  case BPF_NEG: return -a;
  default: return a;
  }
}

static bool holds(uint32_t a, uint16_t op, uint32_t b) {
  switch (op) {
  case BPF_JEQ: return a == b;
  case BPF_JGT: return a > b;
  case BPF_JGE: return a >= b;
  case BPF_JSET: return (a & b) != 0;
  default: return false;
  }
}

static uint32_t load(const struct sock_filter *f, const struct seccomp_data *d, const uint32_t *memory) {
  switch (BPF_MODE(f->code)) {
  case BPF_ABS: return f->k + 4 <= sizeof *d ? *(const uint32_t *)((const char *)d + f->k) : 0;
  case BPF_LEN: return sizeof *d;
  case BPF_IMM: return f->k;
  default: return memory[f->k % BPF_MEMWORDS];
  }
}

static uint32_t run(const struct sock_fprog *p, const struct seccomp_data *d) {
  uint32_t a = 0, x = 0, memory[BPF_MEMWORDS] = {0};
  for (uint32_t at = 0; at < p->len; at++) {
    const struct sock_filter *f = &p->filter[at];
    const uint32_t operand = BPF_SRC(f->code) == BPF_X ? x : f->k;
    switch (BPF_CLASS(f->code)) {
    case BPF_LD: a = load(f, d, memory); break;
    case BPF_LDX: x = load(f, d, memory); break;
    case BPF_ST: memory[f->k % BPF_MEMWORDS] = a; break;
    case BPF_STX: memory[f->k % BPF_MEMWORDS] = x; break;
    case BPF_ALU: a = alu(a, BPF_OP(f->code), operand); break;
    case BPF_JMP:
      at += BPF_OP(f->code) == BPF_JA ? f->k : holds(a, BPF_OP(f->code), operand) ? f->jt : f->jf;
      break;
    case BPF_RET: return BPF_RVAL(f->code) == BPF_A ? a : f->k;
    case BPF_MISC: BPF_MISCOP(f->code) == BPF_TAX ? (x = a) : (a = x); break;
    }
  }
  return SECCOMP_RET_ALLOW; // the kernel takes no such program
}

static bool allowed(const struct sock_fprog *p, const struct call *c) {
  if (!p)
    return c->number == SYS_read || c->number == SYS_write;
  struct seccomp_data d = {.nr = c->number, .arch = AUDIT_ARCH_X86_64};
  __builtin_memcpy(d.args, c->args, sizeof d.args);
  const uint32_t action = run(p, &d) & SECCOMP_RET_ACTION_FULL;
  return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG;
}

// ---- The interface ----

static char names[512];

// Said at once if it cannot be said afterwards.
static void say(void) {
  if (*names)
    rf_say("degraded: the program's seccomp filter forbids what the detector would use, so it does without: ", names);
  *names = 0;
}

void rf_filter_comes(const struct sock_fprog *program) {
  struct rf_text t = {names, 0, sizeof names - 1};
  __builtin_memcpy(before, rf_sys_forbidden, sizeof before);
  for (unsigned i = 0; i < CALLS; i++) {
    if (rf_sys_forbidden[calls[i].number] || allowed(program, &calls[i]))
      continue;
    rf_text_add(&t, t.len ? ", " : "");
    rf_text_add(&t, calls[i].name);
  }
  names[t.len < sizeof names ? t.len : sizeof names - 1] = 0;
  if (!allowed(program, &calls[CALL_WRITE]))
    say();
  if (!allowed(program, &calls[CALL_MMAP]))
    rf_host_reserve();
  for (unsigned i = 0; i < CALLS; i++)
    rf_sys_forbidden[calls[i].number] |= !allowed(program, &calls[i]);
  rf_sys_filtered = true;
}

void rf_filter_done(bool installed) {
  if (!installed)
    __builtin_memcpy(rf_sys_forbidden, before, sizeof before);
  else
    say();
}
